package org.tiltlens.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.corpus.Framing;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.CancelAfter;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.torch.CancelledException;

@Tag("rounding")
class CompositionTest {
  private static final int IMAGES = 40;

  @TempDir private Path folder;

  @BeforeEach
  void writeCorpus() throws IOException {
    NoiseCorpus.write(folder, IMAGES);
  }

  private CompositionSpec spec(Pilots pilots, int count, String... units) {
    return spec("tilt", null, pilots, count, units);
  }

  private CompositionSpec twisted(int particles, int count, String... units) {
    return spec("twisted", particles, null, count, units);
  }

  private CompositionSpec spec(
      String guidance, Integer particles, Pilots pilots, int count, String... units) {
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
        null,
        "1",
        0,
        null,
        "linear",
        1000,
        Integer.toString(StudyRuns.STEPS),
        count,
        45);
  }

  private CompositionResult run(CompositionSpec spec, String name) throws IOException {
    return run(spec, name, Progress.SILENT, Walk.SAVE_EVERY);
  }

  private CompositionResult run(
      CompositionSpec spec, String name, Progress progress, Duration saveEvery) throws IOException {
    return Composition.run(
        spec, new Execution("cpu", 2, 2, 1), folder.resolve(name), progress, saveEvery);
  }

  private double[] scores(CompositionResult result, int unit) {
    return result.results().stream().mapToDouble(i -> i.readings().get(unit).score()).toArray();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.7, -0.9, 0})
  void oneUnitWithABetaIsItsTilt(double beta) throws IOException {
    CompositionResult composed = run(spec(null, 2, "feature:3@pre beta=" + beta), "composed");
    StudyResult single = StudyRuns.run(StudyRuns.spec(2, beta), 1, folder.resolve("single"));
    StudyResult.UnitResult unit = single.results().get(0);
    assertSameImages(composed, unit);
    for (int i = 0; i < 2; i++) {
      assertThat(composed.results().get(i).pathKl()).isEqualTo(unit.images().get(i).pathKl());
    }
    assertThat(composed.units().get(0).beta()).isEqualTo(beta);
    assertThat(composed.units().get(0).target()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "ddim, 0.7, ddim6",
    "dpmsolver, 0, ddim6",
    "heun, 0, ddim6",
    "lcm, 0, lcm6",
  })
  void oneUnitByAnyFormOfAStepIsItsTilt(String word, double eta, String taken) throws IOException {
    StepsSpec.Form form = StepsSpec.Form.of(word, eta);
    CompositionSpec spec = spec(null, 2, "feature:3@pre beta=1.7").withSteps(form, taken);
    CompositionResult composed = run(spec, "composed");
    StudySpec single = StudyRuns.spec(2, 1.7).withSteps(form, taken);
    StudyResult.UnitResult unit =
        StudyRuns.run(single, 1, folder.resolve("single")).results().get(0);
    assertSameImages(composed, unit);
    assertThat(composed.results()).allMatch(image -> image.pathKl() == null);
    assertThat(composed.pathKl()).isNull();
    assertThat(folder.resolve("composed/run.json")).content().contains("\"kind\" : \"" + word);
    assertThat(folder.resolve("composed/index.html"))
        .content()
        .contains("<dd>" + form.taken(taken))
        .doesNotContain("path KL");
    CompositionSpec other = spec(null, 2, "feature:3@pre beta=1.7").withRespacing(taken);
    assertThatThrownBy(() -> run(other, "composed")).hasMessageContaining("other settings");
  }

  @Test
  void whatWeighsAncestralStepsIsOfNoOthers() {
    assertThatThrownBy(
            () -> twisted(4, 2, "channel:1 beta=1").withSteps(new StepsSpec.Lcm(), "lcm4"))
        .hasMessage("guidance twisted weighs ancestral steps: give form ddpm, not lcm");
  }

  @Test
  void oneUnitByWeightedParticlesIsItsTwistedRun() throws IOException {
    CompositionResult composed = run(twisted(6, 4, "feature:3@pre beta=0.1"), "composed");
    StudySpec spec = StudyRuns.spec("twisted", 6, null, 4, 0.1);
    StudyResult single = StudyRuns.run(spec, 1, folder.resolve("single"));
    StudyResult.UnitResult unit = single.results().get(0);
    CompositionResult.Weighted weighted = composed.weighted();
    assertThat(weighted.logZ()).isEqualTo(unit.estimates().logZ());
    assertThat(weighted.kl()).isEqualTo(unit.estimates().kl());
    assertThat(weighted.particles()).isEqualTo(unit.particles());
    CompositionResult.UnitOutcome outcome = composed.units().get(0);
    assertThat(outcome.meanScore()).isEqualTo(unit.meanScore());
    assertThat(outcome.standardError()).isEqualTo(unit.estimates().meanScore().standardError());
    assertSameImages(composed, unit);
    for (int i = 0; i < 4; i++) {
      CompositionResult.Image image = composed.results().get(i);
      assertThat(image.particle()).isEqualTo(unit.images().get(i).particle());
      assertThat(image.pathKl()).isNull();
    }
    assertThat(folder.resolve("composed/index.html")).content().contains("log Z");
  }

  /** To the bit, on any processor: the random networks would make another image of one rounding. */
  private void assertSameImages(CompositionResult composed, StudyResult.UnitResult unit) {
    assertThat(composed.results()).hasSameSizeAs(unit.images());
    for (int i = 0; i < unit.images().size(); i++) {
      CompositionResult.Image image = composed.results().get(i);
      StudyResult.ImageResult single = unit.images().get(i);
      assertThat(folder.resolve("composed").resolve(image.tensor()))
          .hasSameBinaryContentAs(folder.resolve("single").resolve(single.tensor()));
      assertThat(image.bitsPerDim()).isEqualTo(single.bitsPerDim());
      assertThat(scores(composed, 0)[i]).isEqualTo(single.score());
    }
  }

  @Test
  void particlesThatAimTakeTheCorpusBetas() throws IOException {
    CompositionSpec spec =
        twisted(4, 2, "feature:3@pre percentile=70", "channel:1 beta=3 cap=0.001");
    CompositionResult result = run(spec, "aimed");
    for (CompositionResult.UnitOutcome unit : result.units()) {
      assertThat(unit.beta()).isEqualTo(unit.corpusBeta());
    }
    // Beyond its cap a unit counts no further, in the mean as well.
    assertThat(result.units().get(1).meanScore()).isLessThanOrEqualTo(0.001);
    assertThat(result.pilots()).isEmpty();
    assertThat(run(spec, "aimed")).isEqualTo(result);
  }

  @Test
  void aChannelAtAPlaceIsTheNeuronThereWhereTheMapIsSmall() throws IOException {
    CompositionResult placed = run(spec(null, 1, "channel:2@1,0 beta=3"), "placed");
    CompositionResult neuron = run(spec(null, 1, "neuron:2@1,0 beta=3"), "neuron");
    assertThat(Files.readAllBytes(folder.resolve("placed/klsc/0.png")))
        .isEqualTo(Files.readAllBytes(folder.resolve("neuron/klsc/0.png")));
    assertThat(scores(placed, 0)).isEqualTo(scores(neuron, 0));
  }

  @Test
  void pilotsTellBetasAndTheRunIsOfOtherNoise() throws IOException {
    CompositionSpec spec =
        spec(
            new Pilots(3, 2),
            2,
            "feature:3@pre percentile=70",
            "feature:5@pre hold",
            "channel:1 beta=0.1");
    CompositionResult result = run(spec, "aimed");
    assertThat(result.pilots()).hasSizeBetween(1, 3);
    List<Double> betas = result.units().stream().map(CompositionResult.UnitOutcome::beta).toList();
    JointPilot taken =
        result.pilots().stream().filter(p -> p.betas().equals(betas)).findFirst().orElseThrow();
    for (int k = 0; k < 3; k++) {
      CompositionResult.UnitOutcome unit = result.units().get(k);
      assertThat(unit.meanScore()).isNotEqualTo(taken.means().get(k));
      assertThat(unit.meanScore())
          .isCloseTo((scores(result, k)[0] + scores(result, k)[1]) / 2, within(1e-12));
    }
    assertThat(result.units().get(1).target().activation())
        .isEqualTo(result.units().get(1).naturalMean());
    assertThat(result.units().get(2).beta()).isEqualTo(0.1);
    assertThat(folder.resolve("aimed/index.html")).content().contains("feature:5");
    assertThat(folder.resolve("aimed/.state")).doesNotExist();
    // A finished run of the same spec is the answer.
    assertThat(run(spec, "aimed")).isEqualTo(result);
  }

  @Test
  void goesOnToTheSameBitsAfterBeingStoppedAnywhere() throws IOException {
    goesOn(spec(new Pilots(2, 2), 2, "feature:3@pre percentile=70", "channel:2"), 3, 15);
  }

  /** A step that reads the clean estimate before. */
  @Test
  void ofTwoStepsTheyGoOnToTheSameBits() throws IOException {
    CompositionSpec spec = spec(null, 2, "feature:3@pre beta=1", "channel:2 beta=1");
    goesOn(spec.withSteps(new StepsSpec.DpmSolver(), "ddim6"), 3);
  }

  @Test
  void particlesGoOnToTheSameBitsAfterBeingStoppedAnywhere() throws IOException {
    goesOn(twisted(4, 2, "feature:3@pre percentile=70", "channel:2 beta=1"), 2, 3);
  }

  private void goesOn(CompositionSpec spec, int... stops) throws IOException {
    CompositionResult whole = run(spec, "whole");
    for (int steps : stops) {
      assertThatThrownBy(() -> run(spec, "stopped", StudyRuns.stopAfter(steps), Duration.ZERO))
          .isInstanceOf(RuntimeException.class);
    }
    CompositionResult resumed = run(spec, "stopped");
    assertThat(resumed.results()).isEqualTo(whole.results());
    assertThat(resumed.units()).isEqualTo(whole.units());
    assertThat(resumed.weighted()).isEqualTo(whole.weighted());
    assertThat(StudyRuns.images(folder.resolve("stopped")))
        .isEqualTo(StudyRuns.images(folder.resolve("whole")));
    cancelled(spec, whole);
  }

  /** Within the last image's bits per dimension. */
  private void cancelled(CompositionSpec spec, CompositionResult whole) throws IOException {
    long all =
        whole.pilots().size() * 2L
            + (spec.isTwisted() ? spec.particles() : spec.count())
            + spec.count();
    CancelAfter cancelling = new CancelAfter(all * StudyRuns.STEPS - 2);
    assertThatThrownBy(() -> run(spec, "cancelled", cancelling, Duration.ofDays(1)))
        .isInstanceOf(CancelledException.class);
    CancelAfter never = CancelAfter.never();
    assertThat(run(spec, "cancelled", never, Duration.ofDays(1)).results())
        .isEqualTo(whole.results());
    assertThat(never.done()).as("steps taken after the cancel").isLessThanOrEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "feature:3@pre cap=-1e9, a score capped at",
    "feature:3@pre activation=1e9, no distribution on the corpus' 40 images",
    "feature:9999@pre beta=1, feature 9999",
    "channel:2@99|0 beta=1, row 99 does not exist"
  })
  void saysWhatCannotBe(String unit, String message) {
    assertThatThrownBy(() -> run(spec(null, 1, unit.replace('|', ',')), "wrong"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(folder.resolve("wrong")).doesNotExist();
  }

  @Test
  void unitsMustDiffer() {
    assertThatThrownBy(() -> spec(null, 1, "channel:1 beta=1", "channel:1 hold"))
        .hasMessageContaining("each once");
  }

  @Test
  void particlesGoWithTwistedGuidanceAndWithoutPilots() {
    String unit = "channel:1 beta=1";
    assertThatThrownBy(() -> spec("tilt", 4, null, 1, unit))
        .hasMessage("particles 4 has a meaning only with guidance exact or twisted");
    assertThatThrownBy(() -> spec("twisted", 4, new Pilots(1, 2), 1, unit))
        .hasMessageContaining("leave pilots out");
    assertThatThrownBy(() -> twisted(4, 5, unit)).hasMessageContaining("5 images of 4 particles");
    assertThatThrownBy(() -> spec("constant", null, null, 1, unit))
        .hasMessage("illegal guidance 'constant', expected one of exact, tilt, twisted");
  }
}
