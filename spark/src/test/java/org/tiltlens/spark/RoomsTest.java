package org.tiltlens.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the work on Spark may enter: specs and parts of work, one seam, and no engine. */
class RoomsTest {
  private static final String HOUSE = "org.tiltlens.";

  /** {@code jobs} has the seam; {@code app.cli} is the command line that is started. */
  private static final Set<String> ALLOWED =
      Set.of("app.cli", "corpus", "harvest", "jobs", "models", "pool", "run", "study", "torch");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.tiltlens");

  @Test
  void usesWhatItMayAndNothingElse() {
    Set<String> used = new TreeSet<>();
    CLASSES.stream()
        .filter(one -> one.getPackageName().equals("org.tiltlens.spark"))
        .flatMap(one -> one.getDirectDependenciesFromSelf().stream())
        .map(dependency -> dependency.getTargetClass().getBaseComponentType().getPackageName())
        .filter(name -> name.startsWith(HOUSE) && !name.equals("org.tiltlens.spark"))
        .forEach(name -> used.add(name.substring(HOUSE.length())));
    assertThat(used).isEqualTo(new TreeSet<>(ALLOWED));
  }

  @Test
  void knowsNoEngine() {
    noClasses()
        .that()
        .resideInAPackage("org.tiltlens.spark..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "org.duckdb..")
        .check(CLASSES);
  }

  @Test
  void nobodyElseKnowsSpark() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.tiltlens.spark..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "org.tiltlens.spark..")
        .check(CLASSES);
  }

  /** What the launcher of all other commands downloads and loads. */
  @Test
  void thePlainClassPathHasNoSpark() throws IOException {
    String plain = Files.readString(Path.of("../app/target/classpath"));
    String launcher = Files.readString(Path.of("../tiltlens"));
    assertThat(plain).contains("picocli").doesNotContain("spark", "hadoop", "scala");
    assertThat(launcher).contains("-pl app -am process-classes");
  }
}
