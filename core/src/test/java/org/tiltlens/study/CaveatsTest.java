package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.annealing.Drift;
import org.tiltlens.annealing.Mixing;
import org.tiltlens.annealing.Rung;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Target;

class CaveatsTest {
  private static final Mixing MIXED = new Mixing(true, "all is well");

  @Test
  void aPoolThatTellsNeedsNoWord() {
    assertThat(Caveats.of(unit(null, mean(10, 0.9), mean(2, 0.4), annealed(40, 1), null)))
        .isEmpty();
  }

  @Test
  void wideErrorsAreRoughHoweverManyPathsCount() {
    assertThat(Caveats.of(unit(null, mean(10, 0.9), mean(2, 0.51), annealed(40, 1), null)))
        .containsExactly("The numbers are rough: a larger pool tells more");
    assertThat(Caveats.of(unit(null, mean(10, 1.6), mean(2, 0.2), annealed(40, 1), null)))
        .containsExactly("The numbers are rough: a larger pool tells more");
    assertThat(Caveats.of(unit(null, mean(10, null), mean(2, 0.2), annealed(40, 1), null)))
        .containsExactly("The numbers are rough: a larger pool tells more");
  }

  @Test
  void aMeanNearZeroIsNotRoughForThat() {
    assertThat(Caveats.of(unit(null, mean(0.01, 0.1), mean(2, 0.1), annealed(40, 1), null)))
        .isEmpty();
  }

  @Test
  void whatIsBeyondThePoolSaysWhatItRestsOn() {
    StudyResult.UnitResult unit =
        unit(null, mean(10, 0.1), mean(2, 0.1), annealed(1.2, 1, 1.5, 2), null);
    assertThat(Caveats.of(unit))
        .containsExactly(
            "Beyond the pool, of which 1.2 paths carry this tilt: 16 particles, from 12 of its"
                + " paths, were taken there over 3 tilts");
    assertThat(unit.annealed().effectivePaths()).isNull();
  }

  @Test
  void aMissIsOneBeyondItsError() {
    assertThat(Caveats.miss(unit(Target.activation(12), mean(10, 0.5), null, null, null)))
        .isEqualTo("The mean score is 2.0000 below the wanted 12.0000");
    assertThat(Caveats.miss(unit(Target.activation(12), mean(10, 2.5), null, null, null))).isNull();
    assertThat(Caveats.miss(unit(Target.activation(9.2), mean(10, 0.0), null, null, null)))
        .as("within a tenth")
        .isNull();
  }

  @Test
  void aStartFromPhotographsSaysHowFarItDrifts() {
    assertThat(Caveats.of(unit(null, mean(10, 0.5), null, null, renoised(3, 0.4, 0.1))))
        .containsExactly(
            "log Z and KL rest on 12.5 effective images of the corpus and are rough",
            "The 4 images descend from 2 of the corpus; photographs that never moved: 1",
            "The moves alone, without a tilt, change the mean score of 16 images of the corpus by"
                + " 0.400 ± 0.100: a drift beyond chance, as the prior is not quite of"
                + " these photographs");
    assertThat(Caveats.of(unit(null, mean(10, 0.5), null, null, renoised(4, 0.1, 0.1))))
        .contains("The 4 images descend from 2 of the corpus; all of them were moved")
        .anyMatch(line -> line.endsWith("no drift that could be told from chance"));
  }

  private static Estimated mean(double value, Double error) {
    return new Estimated(value, error, "made up");
  }

  private static AnnealedReport annealed(double ess, double... betas) {
    List<Rung> rungs =
        DoubleStream.of(betas).mapToObj(beta -> new Rung(beta, ess, List.of())).toList();
    return new AnnealedReport(2048, ess, null, 16, 12, 16, MIXED, 1000, rungs);
  }

  private static RenoisedReport renoised(int moved, double change, double error) {
    List<RenoisedReport.Origin> origins =
        IntStream.range(0, 4).mapToObj(i -> new RenoisedReport.Origin(i / 2, "a", 1)).toList();
    Estimate none = new Estimate(0, 0);
    Drift drift = new Drift(16, 8, none, none, new Estimate(change, error), 0, 0);
    return new RenoisedReport(
        100, 12.5, mean(9, 0.1), 2, moved, origins, 10, List.of(), null, drift);
  }

  private static StudyResult.UnitResult unit(
      Target target,
      Estimated mean,
      Estimated kl,
      AnnealedReport annealed,
      RenoisedReport renoised) {
    return new StudyResult.UnitResult(
        "feature:3@pre",
        3,
        "klsc",
        "exact",
        null,
        1.0,
        target,
        null,
        List.of(),
        null,
        null,
        null,
        List.of(),
        null,
        1,
        new Estimates(mean, null, kl, null, null),
        null,
        null,
        annealed,
        renoised);
  }
}
