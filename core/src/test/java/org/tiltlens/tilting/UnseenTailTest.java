package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnseenTailTest {
  private static final int RUNS = 300;

  /** Normal scores: log Z = KL = beta^2 / 2, m = beta. */
  @ParameterizedTest
  @CsvSource({
    "0.5, 512, 0.94",
    "1, 2048, 0.94",
    "2.3, 512, 0.83",
    "2.3, 2048, 0.86",
    "3, 2048, 0.82"
  })
  void twoErrorsMostlyHoldTheTruthOfNormalScores(double kl, int images, double atLeast) {
    double beta = Math.sqrt(2 * kl);
    double[] held = new double[3];
    for (int run = 0; run < RUNS; run++) {
      TiltEstimate found = found(new Random(run)::nextGaussian, images, beta);
      held[0] += found.logZ().covers(kl, 2) ? 1 : 0;
      held[1] += found.mean().covers(beta, 2) ? 1 : 0;
      held[2] += found.kl().covers(kl, 2) ? 1 : 0;
    }
    for (double each : held) {
      assertThat(each / RUNS)
          .as("log Z, mean, KL: %s", Arrays.toString(held))
          .isGreaterThan(atLeast);
    }
  }

  /**
   * Scores from 0 to 1: log Z = log((exp(beta) - 1) / beta), m = 1 / (1 - exp(-beta)) - 1 / beta.
   */
  @Test
  void soTheyDoWhereScoresHaveAnEnd() {
    double beta = 60;
    double logZ = beta - Math.log(beta);
    double mean = 1 - 1 / beta;
    int held = 0;
    for (int run = 0; run < RUNS; run++) {
      TiltEstimate found = found(new Random(run)::nextDouble, 2048, beta);
      held +=
          found.logZ().covers(logZ, 2)
                  && found.mean().covers(mean, 2)
                  && found.kl().covers(beta * mean - logZ, 2)
              ? 1
              : 0;
    }
    assertThat(held / (double) RUNS).isGreaterThan(0.88);
  }

  private static TiltEstimate found(DoubleSupplier next, int images, double beta) {
    double[] scores = new double[images];
    for (int i = 0; i < images; i++) {
      scores[i] = next.getAsDouble();
    }
    return ScoreSample.of(scores).tilted(beta).estimate();
  }

  @Test
  void noTiltIsTooStrong() {
    for (double beta : new double[] {50, 1e3, 1e12, -1e12}) {
      TiltEstimate found = found(new Random(1)::nextGaussian, 2048, beta);
      assertThat(found.logZ().standardError()).isFinite().isGreaterThan(1);
      assertThat(found.mean().standardError()).isFinite().isGreaterThan(0.1);
      assertThat(found.kl().standardError()).isFinite();
    }
  }

  @Test
  void withoutATiltNothingIsAdded() {
    ScoreSample sample = ScoreSample.of(1, 3, 4, 8);
    assertThat(sample.tilted(0).estimate()).isEqualTo(Jackknife.of(sample.tilted(0), sample));
  }
}
