package org.tiltlens;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may enter whom: the arrows between the rooms of the house. */
@AnalyzeClasses(packages = "org.tiltlens", importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
  @ArchTest
  static final ArchRule arrows =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("torch")
          .definedBy("org.tiltlens.torch")
          .layer("checkpoint")
          .definedBy("org.tiltlens.checkpoint")
          .layer("vision")
          .definedBy("org.tiltlens.vision")
          .layer("feature")
          .definedBy("org.tiltlens.feature")
          .layer("diffusion")
          .definedBy("org.tiltlens.diffusion")
          .layer("tilting")
          .definedBy("org.tiltlens.tilting")
          .layer("corpus")
          .definedBy("org.tiltlens.corpus")
          .layer("synthesis")
          .definedBy("org.tiltlens.synthesis")
          .layer("metrics")
          .definedBy("org.tiltlens.metrics")
          .layer("attribution")
          .definedBy("org.tiltlens.attribution")
          .layer("training")
          .definedBy("org.tiltlens.training")
          .layer("study")
          .definedBy("org.tiltlens.study")
          .whereLayer("torch")
          .mayNotAccessAnyLayer()
          .whereLayer("checkpoint")
          .mayOnlyAccessLayers("torch")
          .whereLayer("vision")
          .mayOnlyAccessLayers("torch", "checkpoint")
          .whereLayer("feature")
          .mayOnlyAccessLayers("vision", "torch", "checkpoint")
          .whereLayer("diffusion")
          .mayOnlyAccessLayers("torch", "checkpoint")
          .whereLayer("tilting")
          .mayNotAccessAnyLayer()
          .whereLayer("corpus")
          .mayOnlyAccessLayers("feature", "vision", "checkpoint", "torch", "tilting")
          .whereLayer("synthesis")
          .mayOnlyAccessLayers("feature", "diffusion", "tilting", "torch", "checkpoint", "vision")
          .whereLayer("metrics")
          .mayOnlyAccessLayers("feature", "tilting", "torch")
          .whereLayer("attribution")
          .mayOnlyAccessLayers("feature", "metrics", "vision", "torch")
          .whereLayer("training")
          .mayOnlyAccessLayers(
              "synthesis",
              "corpus",
              "metrics",
              "feature",
              "diffusion",
              "torch",
              "checkpoint",
              "vision")
          .whereLayer("study")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule onlyTorchKnowsTheEngine =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.tiltlens.torch")
          .should()
          .dependOnClassesThat(
              new DescribedPredicate<>(
                  "belong to JavaCPP or are engine classes other than Tensor") {
                @Override
                public boolean test(JavaClass type) {
                  String name = type.getName();
                  return name.startsWith("org.bytedeco.javacpp")
                      || (name.startsWith("org.bytedeco.pytorch")
                          && !name.startsWith("org.bytedeco.pytorch.Tensor"))
                      || name.equals("org.bytedeco.pytorch.TensorVector");
                }
              })
          .because("the engine's traps are solved in org.tiltlens.torch alone");
}
