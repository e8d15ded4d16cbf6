package org.tiltlens.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the studio may enter: specs, folders and rows, one door to work, and no engine. */
class RoomsTest {
  private static final String HOUSE = "org.tiltlens.";

  /** Rooms that it uses; {@code synthesis} and {@code tilting} are what specs and results hold. */
  private static final Set<String> ALLOWED =
      Set.of(
          "corpus",
          "harvest",
          "jobs",
          "models",
          "page",
          "parquet",
          "run",
          "study",
          "synthesis",
          "tilting");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.tiltlens");

  @Test
  void usesWhatItMayAndNothingElse() {
    Set<String> used = new TreeSet<>();
    CLASSES.stream()
        .filter(one -> one.getPackageName().equals("org.tiltlens.server"))
        .flatMap(one -> one.getDirectDependenciesFromSelf().stream())
        .map(dependency -> dependency.getTargetClass().getBaseComponentType().getPackageName())
        .filter(name -> name.startsWith(HOUSE) && !name.equals("org.tiltlens.server"))
        .forEach(name -> used.add(name.substring(HOUSE.length())));
    assertThat(used).isEqualTo(new TreeSet<>(ALLOWED));
  }

  @Test
  void knowsNoEngine() {
    noClasses()
        .that()
        .resideInAPackage("org.tiltlens.server..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "org.duckdb..", "javax.imageio..")
        .check(CLASSES);
  }

  @Test
  void onlyNotesKnowTheDatabase() {
    noClasses()
        .that()
        .resideInAPackage("org.tiltlens.server..")
        .and()
        .doNotHaveFullyQualifiedName(NoteStore.class.getName())
        .and()
        .doNotHaveFullyQualifiedName(NoteStore.class.getName() + "$Row")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.tiltlens.parquet..", "java.sql..")
        .check(CLASSES);
  }

  @Test
  void httpIsAtHomeHere() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.tiltlens.server..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.eclipse.jetty..", "com.sun.net.httpserver..")
        .check(CLASSES);
  }

  /** Work has one door. */
  @Test
  void onlyJobsStartWork() {
    noClasses()
        .that()
        .resideInAPackage("org.tiltlens.server..")
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "start a command by themselves",
                (JavaMethodCall call) ->
                    call.getTarget().getName().startsWith("run")
                        && call.getTargetOwner().getPackageName().startsWith(HOUSE)
                        && !Set.of(HOUSE + "server", HOUSE + "jobs")
                            .contains(call.getTargetOwner().getPackageName())))
        .check(CLASSES);
  }
}
