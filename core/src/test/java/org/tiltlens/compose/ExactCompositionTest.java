package org.tiltlens.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Framing;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.ExactWords;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Pilots;

@Tag("rounding")
class ExactCompositionTest {
  private static final int POOL = 24;

  @TempDir private Path folder;

  @BeforeEach
  void writeCorpus() throws IOException {
    NoiseCorpus.write(folder, 40);
  }

  private CompositionSpec spec(Integer particles, int count, String... units) {
    return spec(null, particles, "exact", count, units);
  }

  private CompositionSpec spec(
      Pilots pilots, Integer particles, String guidance, int count, String... units) {
    StudySpec one = StudyRuns.spec(1, 0);
    return new CompositionSpec(
        one.models(),
        Stream.of(units).map(ComposedUnit::parse).toList(),
        "mix:0.7",
        0.5,
        folder.resolve("images-idx3-ubyte").toString(),
        new Framing(32, Framing.Fit.PAD),
        Integer.MAX_VALUE,
        pilots,
        guidance,
        particles,
        null,
        ExactSettings.of(new ExactWords(null, POOL, null, null, 1, null, null)),
        null,
        0,
        null,
        "linear",
        1000,
        Integer.toString(StudyRuns.STEPS),
        count,
        45);
  }

  private CompositionResult run(CompositionSpec spec, String name) throws IOException {
    return run(spec, name, new Execution("cpu", 2, 2, 1), Progress.SILENT, Walk.SAVE_EVERY);
  }

  private CompositionResult run(
      CompositionSpec spec, String name, Execution execution, Progress progress, Duration saveEvery)
      throws IOException {
    return Composition.run(spec, execution, folder.resolve(name), progress, saveEvery);
  }

  @Test
  void whatThePoolTellsIsItsOwnJointTilt() throws IOException {
    CompositionResult result =
        run(spec(2, 2, "feature:3@pre beta=0.01", "feature:5@pre hold"), "told");
    assertThat(result.approximation()).contains("exact as pool and particles grow");
    assertThat(result.annealed().poolPaths()).isEqualTo(POOL);
    assertThat(result.annealed().particles()).isEqualTo(2);
    assertThat(result.pilots()).isEmpty();
    CompositionResult.UnitOutcome held = result.units().get(1);
    assertThat(held.meanScore()).isCloseTo(held.target().activation(), within(1e-6));
    assertThat(held.target().activation())
        .as("the prior's mean, not the corpus'")
        .isNotEqualTo(held.naturalMean());
    assertThat(held.standardError()).isPositive();
    assertThat(held.estimator()).isEqualTo("importance weights of 24 pool paths");
    assertThat(result.weighted().logZ().estimator()).isEqualTo(held.estimator());
    assertThat(result.weighted().particles()).isNull();
    assertThat(result.pathKl()).isNull();
    assertThat(result.results()).allMatch(image -> image.particle() != null);
    assertThat(folder.resolve("told/index.html"))
        .content()
        .contains("Samples of", "log <i>Z</i>", "of the pool's")
        .doesNotContain("families");
    assertThat(run(spec(2, 2, "feature:3@pre beta=0.01", "feature:5@pre hold"), "told"))
        .isEqualTo(result);
  }

  private CompositionSpec beyond() {
    return spec(4, 2, "feature:3@pre percentile=70", "channel:2 beta=0.01");
  }

  @Test
  void neitherStopsNorBatchNorThreadsChangeABit() throws IOException {
    CompositionResult whole = run(beyond(), "whole");
    assertThat(whole.pilots().size()).as("rounds").isGreaterThan(1);
    assertThat(whole.units().get(0).estimator())
        .isEqualTo("annealed, 4 particles from 24 pool paths");
    for (int steps : new int[] {3, 6}) {
      assertThatThrownBy(
              () ->
                  run(
                      beyond(),
                      "stopped",
                      new Execution("cpu", 2, 2, 1),
                      StudyRuns.stopAfter(steps),
                      Duration.ZERO))
          .isInstanceOf(RuntimeException.class);
    }
    assertSame(run(beyond(), "stopped"), whole, "stopped");
    Execution alone = new Execution("cpu", 1, 1, 1);
    assertSame(run(beyond(), "alone", alone, Progress.SILENT, Walk.SAVE_EVERY), whole, "alone");
  }

  /** From a pool of such steps, of which no other is taken. */
  @Test
  void stepsOfAnotherFormGoOnToTheSameBits() throws IOException {
    CompositionSpec spec =
        spec(4, 2, "feature:3@pre beta=20", "channel:2 beta=1")
            .withSteps(new StepsSpec.Lcm(), "lcm3");
    CompositionResult whole = run(spec, "whole");
    assertThatThrownBy(
            () ->
                run(
                    spec,
                    "stopped",
                    new Execution("cpu", 2, 2, 1),
                    StudyRuns.stopAfter(2),
                    Duration.ZERO))
        .isInstanceOf(RuntimeException.class);
    assertSame(run(spec, "stopped"), whole, "stopped");
    assertThat(folder.resolve("whole/run.json")).content().contains("\"kind\" : \"lcm\"");
  }

  @Test
  void guidedBranchesAreOfAncestralStepsAlone() {
    CompositionSpec spec = spec(4, 2, "channel:1 beta=1");
    ExactSettings guided =
        new ExactSettings(spec.exact().pool(), spec.exact().ess(), spec.exact().moves(), 0.5);
    assertThatThrownBy(() -> guided.tilt().requireSteps(new StepsSpec.Ddim(1)))
        .hasMessage("guided branches weigh ancestral steps: give form ddpm, not ddim");
    guided.tilt().requireSteps(new StepsSpec.Ddpm());
    spec.exact().tilt().requireSteps(new StepsSpec.Heun());
  }

  private void assertSame(CompositionResult other, CompositionResult whole, String name)
      throws IOException {
    assertThat(other.results()).isEqualTo(whole.results());
    assertThat(other.units()).isEqualTo(whole.units());
    assertThat(other.weighted()).isEqualTo(whole.weighted());
    assertThat(other.annealed()).isEqualTo(whole.annealed());
    assertThat(other.pilots()).isEqualTo(whole.pilots());
    assertThat(StudyRuns.images(folder.resolve(name)))
        .isEqualTo(StudyRuns.images(folder.resolve("whole")));
  }

  @Test
  void otherStepsNeedAnotherPool() {
    CompositionSpec spec = spec(2, 2, "channel:1 beta=1");
    assertThat(spec.withRespacing(spec.respacing()).exact()).isEqualTo(spec.exact());
    CompositionSpec other = spec.withRespacing("7");
    assertThat(other.exact().pool()).isInstanceOf(PoolChoice.Drawn.class);
  }

  @Test
  void saysWhatDoesNotGoTogether() {
    String unit = "channel:1";
    assertThatThrownBy(() -> spec(new Pilots(1, 2), null, "exact", 2, unit))
        .hasMessage("guidance exact finds the betas of levels by itself: give no pilots");
    assertThatThrownBy(() -> spec(null, null, "tilt", 2, unit))
        .hasMessageContaining("has a meaning only with guidance exact");
    assertThatThrownBy(() -> spec(2, 3, unit)).hasMessageContaining("3 images of 2 particles");
  }
}
