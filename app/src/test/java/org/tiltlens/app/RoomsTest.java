package org.tiltlens.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the command line may enter: what any user of the library may, through one door. */
class RoomsTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.tiltlens");

  private static final Set<String> INNER =
      Set.of("sampling", "measuring", "page", "chart", "residual");

  private static final List<String> COMMANDS =
      List.of(
          "study",
          "compose",
          "retrieve",
          "explain",
          "frontier",
          "compare",
          "demo",
          "harvest",
          "pool");

  private static DescribedPredicate<JavaClass> inner() {
    return DescribedPredicate.describe(
        "serve inside",
        type ->
            INNER.stream().anyMatch(room -> type.getPackageName().equals("org.tiltlens." + room)));
  }

  @Test
  void innerRoomsStayInside() {
    assertThat(HOUSE.stream().filter(inner())).hasSizeGreaterThan(10);
    noClasses()
        .that()
        .resideInAPackage("org.tiltlens.app..")
        .should()
        .dependOnClassesThat(inner())
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(HOUSE);
  }

  @Test
  void commandsStartAtOneDoor() {
    noClasses()
        .that()
        .resideInAPackage("org.tiltlens.app..")
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "start a command by themselves",
                (JavaMethodCall call) ->
                    call.getTarget().getName().equals("run")
                        && COMMANDS.stream()
                            .anyMatch(
                                room ->
                                    call.getTargetOwner()
                                        .getPackageName()
                                        .equals("org.tiltlens." + room))))
        .check(HOUSE);
  }

  @Test
  void onlyTheCommandLineKnowsPicocli() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.tiltlens.app..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "me.tongfei..")
        .check(HOUSE);
  }
}
