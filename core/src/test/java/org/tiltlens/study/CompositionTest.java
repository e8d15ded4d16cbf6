package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.corpus.Framing;
import org.tiltlens.fixture.NoiseCorpus;
import org.tiltlens.tilting.JointPilot;

class CompositionTest {
  private static final int IMAGES = 40;

  @TempDir private Path folder;

  @BeforeEach
  void writeCorpus() throws IOException {
    NoiseCorpus.write(folder, IMAGES);
  }

  private CompositionSpec spec(Pilots pilots, int count, String... units) {
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
        "1",
        0,
        "linear",
        1000,
        Integer.toString(StudyRuns.STEPS),
        count,
        45);
  }

  private CompositionResult run(CompositionSpec spec, String name) throws IOException {
    return run(spec, name, Progress.SILENT);
  }

  private CompositionResult run(CompositionSpec spec, String name, Progress progress)
      throws IOException {
    return Composition.run(spec, new Execution("cpu", 2, 2, 1), folder.resolve(name), progress);
  }

  private double[] scores(CompositionResult result, int unit) {
    return result.results().stream().mapToDouble(i -> i.readings().get(unit).score()).toArray();
  }

  @Test
  void oneUnitWithABetaIsItsTilt() throws IOException {
    CompositionResult composed = run(spec(null, 2, "feature:3@pre beta=2"), "composed");
    StudyResult single = StudyRuns.run(StudyRuns.spec(2, 2), 1, folder.resolve("single"));
    StudyResult.UnitResult unit = single.results().get(0);
    for (int i = 0; i < 2; i++) {
      // The same tilt with its factor inside the gradient, so equal up to rounding.
      assertThat(composed.results().get(i).bitsPerDim())
          .isCloseTo(unit.images().get(i).bitsPerDim(), within(1e-3));
      assertThat(scores(composed, 0)[i]).isCloseTo(unit.images().get(i).score(), within(1e-3));
      assertThat(composed.results().get(i).pathKl())
          .isCloseTo(unit.images().get(i).pathKl(), within(1e-3));
    }
    assertThat(composed.units().get(0).beta()).isEqualTo(2);
    assertThat(composed.units().get(0).target()).isNull();
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
  void pilotsAreTriedAndTheRunIsTheNearestOfThem() throws IOException {
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
      assertThat(unit.meanScore()).isCloseTo(taken.means().get(k), within(1e-12));
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
    CompositionSpec spec = spec(new Pilots(2, 2), 2, "feature:3@pre percentile=70", "channel:2");
    CompositionResult whole = run(spec, "whole");
    for (int steps : new int[] {3, 15}) {
      assertThatThrownBy(() -> run(spec, "stopped", StudyRuns.stopAfter(steps)))
          .isInstanceOf(RuntimeException.class);
    }
    CompositionResult resumed = run(spec, "stopped");
    assertThat(resumed.results()).isEqualTo(whole.results());
    assertThat(resumed.units()).isEqualTo(whole.units());
    assertThat(StudyRuns.images(folder.resolve("stopped")))
        .isEqualTo(StudyRuns.images(folder.resolve("whole")));
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
}
