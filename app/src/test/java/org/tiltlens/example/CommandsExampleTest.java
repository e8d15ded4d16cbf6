package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.app.cli.TinyBundle;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.MeasureSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.compose.CompositionResult;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.fixture.NoisePictures;
import org.tiltlens.frontier.FrontierMethod;
import org.tiltlens.frontier.FrontierPoint;
import org.tiltlens.frontier.FrontierResult;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.retrieve.RetrievalResult;
import org.tiltlens.retrieve.RetrievalSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.tilting.Target;

/** The examples of the commands, the first on the embedded bundle, the others on a tiny one. */
class CommandsExampleTest {
  private static final Execution EXECUTION = Execution.onCpu(2);

  @TempDir private static Path tiny;
  @TempDir private Path folder;

  @BeforeAll
  static void writeBundle() throws IOException {
    TinyBundle.write(tiny);
  }

  private static Bundle bundle() throws IOException {
    return Bundle.at(tiny);
  }

  @Test
  void first() throws IOException {
    // tag::first
    StudySpec spec =
        StudySpec.exact(Bundle.embedded(), "feature:117@pre", Target.percentile(97))
            .withCount(4); // samples of q_beta itself, from the bundle's pool
    StudyResult result = Jobs.VISUALIZE.run(spec, Execution.onCpu(2), folder, Progress.SILENT);
    Estimates found = result.results().get(0).estimates(); // beside 4 images in the folder
    System.out.printf("mean %.2f, KL %.2f%n", found.meanScore().value(), found.kl().value());
    // end::first
    assertThat(result.results().get(0).images()).hasSize(4);
    assertThat(found.meanScore().value()).isPositive();
    assertThat(found.kl().value()).isPositive();
  }

  @Test
  void retrieve() throws IOException {
    Bundle bundle = bundle();
    // tag::retrieve
    RetrievalSpec spec = RetrievalSpec.of(bundle, "feature:3@pre", Target.percentile(90));
    RetrievalResult result = Jobs.RETRIEVE.run(spec, EXECUTION, folder, Progress.SILENT);
    System.out.println("KL " + result.results().get(0).kl() + " of at most log N");
    // end::retrieve
    assertThat(result.results().get(0).images()).hasSize(16);
  }

  @Test
  void compose() throws IOException {
    Bundle bundle = bundle();
    // tag::compose
    CompositionSpec spec =
        CompositionSpec.tilted(bundle, "feature:3@pre percentile=70", "feature:5@pre hold")
            .withPilots(null) // no pilot runs: the corpus' own betas
            .withCount(2);
    CompositionResult result = Jobs.COMPOSE.run(spec, EXECUTION, folder, Progress.SILENT);
    result.units().forEach(unit -> System.out.println(unit.unit() + ": beta " + unit.beta()));
    // end::compose
    assertThat(result.units()).hasSize(2);
  }

  @Test
  void explain() throws IOException {
    Bundle bundle = bundle();
    String picture = folder + "/" + new NoisePictures(folder, new Random(1)).write("picture.png");
    // tag::explain
    ModelFiles models = bundle.models();
    ExplainSpec spec =
        new ExplainSpec(
            picture,
            models.vision(),
            models.visionOptions(),
            models.hook(),
            models.dictionary(),
            "feature:3@pre",
            "mix:0.7",
            0.5, // the central half of the map
            bundle.manifest().framing(),
            null,
            8, // occlude 8 x 8 pixels,
            4, // every 4 pixels
            models.harvest(),
            0, // no probe of shape, texture and colour
            null,
            Integer.MAX_VALUE,
            45);
    ExplainResult result =
        Jobs.EXPLAIN.run(spec, EXECUTION, folder.resolve("out"), Progress.SILENT);
    result.results().get(0).maps().forEach(map -> System.out.println(map.file()));
    // end::explain
    assertThat(result.results().get(0).maps()).isNotEmpty();
  }

  @Test
  void frontier() throws IOException {
    Bundle bundle = bundle();
    // tag::frontier
    FrontierSpec spec =
        FrontierSpec.of(bundle, 3) // the feature
            .withBetas(List.of(0.5)) // without it those of the usual percentiles
            .withPool(new PoolChoice.Drawn(40, 0)) // 40 paths for exact samples, not the usual ones
            .withScales(List.of()) // no constant guidance
            .withCount(2)
            .withParticles(4);
    FrontierResult result = Jobs.FRONTIER.run(spec, EXECUTION, folder, Progress.SILENT);
    for (FrontierPoint point : result.pointsOf(FrontierMethod.TWISTED)) {
      System.out.println(point.mean() + " at a KL of " + point.kl());
    }
    // end::frontier
    assertThat(result.pointsOf(FrontierMethod.TWISTED)).hasSize(1);
  }

  @Test
  void compare() throws IOException {
    Bundle bundle = bundle();
    // tag::compare
    CompareSpec spec =
        CompareSpec.of(bundle, List.of(3, 5), Target.percentile(90)) // two features
            .withMethods(Method.of("top_k"), Method.of("tilt")) // without it all of them
            .withPilots(null) // no pilot runs: the corpus' own betas
            .withCount(2)
            .withMeasures(
                MeasureSpec.USUAL.withReference(
                    20)); // images of the same mean score to compare with
    CompareResult result = Jobs.COMPARE.run(spec, EXECUTION, folder, Progress.SILENT);
    result.results().forEach(cell -> System.out.println(cell.method() + " " + cell.feature()));
    // end::compare
    assertThat(result.results()).hasSize(4).allMatch(cell -> cell.failure() == null);
  }

  @Test
  void demo() throws IOException {
    Bundle bundle = bundle();
    // tag::demo
    DemoSpec spec =
        DemoSpec.of(bundle)
            .withFeatures(1)
            .withCount(1)
            .withPercentiles(List.of(90.0)) // that the images aim at
            .guided(null) // plug-in guidance by the corpus' own betas: a first look
            .withUnguided(1);
    DemoResult result = Jobs.DEMO.run(spec, EXECUTION, folder, Progress.SILENT); // index.html
    System.out.println(result.features().get(0).feature());
    // end::demo
    assertThat(folder.resolve("index.html")).isRegularFile();
    assertThat(result.features()).hasSize(1);
  }
}
