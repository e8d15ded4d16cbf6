package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Errors of clouds of particles that know nothing of each other. */
class CloudsTest {
  private static final int CLOUDS = 4;
  private static final int EACH = 16;

  @Test
  void studentsFactorIsThatOfTheTables() {
    assertThat(2 * StudentT.widening(1)).isCloseTo(12.706, within(5e-4));
    assertThat(2 * StudentT.widening(2)).isCloseTo(4.303, within(5e-4));
    assertThat(2 * StudentT.widening(3)).isCloseTo(3.182, within(5e-4));
    assertThat(2 * StudentT.widening(10)).isCloseTo(2.228, within(5e-4));
    assertThat(2 * StudentT.widening(1001)).isCloseTo(1.962, within(5e-4));
  }

  @Test
  void aSingleCloudHasItsGenealogysErrors() {
    LogWeights weights = LogWeights.of(0, 1, 2, 0.5);
    int[] eves = {0, 0, 2, 3};
    double[] scores = {1, 2, 4, 3};
    assertThat(Clouds.estimate(weights, eves, new int[4], scores, 2, 0.7))
        .isEqualTo(Genealogy.estimate(weights, eves, scores, 2, 0.7));
  }

  /** Two clouds of two equal particles each, by hand. */
  @Test
  void theSpreadOfCloudsIsTheirJackknifeTimesStudentsFactor() {
    // Z of 1 and 3: three quarters of the weight are the second's.
    double[] logs = {Math.log(1), Math.log(1), Math.log(3), Math.log(3)};
    TiltEstimate found =
        Clouds.estimate(
            LogWeights.of(logs),
            new int[] {0, 1, 2, 3},
            new int[] {0, 0, 1, 1},
            new double[] {1, 1, 5, 5},
            0,
            Math.log(2));
    // Without the one log Z is log 3, without the other 0; the mean is 5, or 1.
    double factor = 12.706 / 2;
    assertThat(found.logZ().standardError()).isCloseTo(factor * Math.log(3) / 2, within(1e-3));
    assertThat(found.mean().value()).isCloseTo(4, within(1e-12));
    assertThat(found.mean().standardError()).isCloseTo(factor * 2, within(1e-3));
  }

  /** Clouds that agree better than their particles would have them do no better than these. */
  @Test
  void whatParticlesTellCountsWhereItIsMore() {
    double[] logs = new double[CLOUDS * EACH];
    double[] scores = new double[CLOUDS * EACH];
    Arrays.setAll(scores, i -> i % 2);
    int[] eves = IntStream.range(0, logs.length).toArray();
    LogWeights weights = LogWeights.of(logs);
    Estimate within = Genealogy.mean(weights, eves, scores);
    assertThat(within.standardError()).isPositive();
    assertThat(Clouds.mean(weights, eves, clouds(), scores)).isEqualTo(within);
  }

  /**
   * A mode that a cloud finds with chance 0.4, and then has five times the Z and a mean of 3: the
   * errors of single runs of the twisted sampler were four to six times too small for it.
   */
  @Test
  void errorsTakeInModesThatOnlySomeCloudsFound() {
    Random random = new Random(45);
    double z = 0.6 + 0.4 * 5;
    double mean = 0.4 * 5 * 3 / z;
    int runs = 1000;
    int[] covered = new int[3];
    for (int run = 0; run < runs; run++) {
      double[] logs = new double[CLOUDS * EACH];
      double[] scores = new double[CLOUDS * EACH];
      double sum = 0;
      for (int cloud = 0; cloud < CLOUDS; cloud++) {
        boolean found = random.nextDouble() < 0.4;
        double own = found ? 5 : 1;
        sum += own;
        for (int i = cloud * EACH; i < (cloud + 1) * EACH; i++) {
          logs[i] = Math.log(own) + 0.1 * random.nextGaussian();
          scores[i] = (found ? 3 : 0) + 0.5 * random.nextGaussian();
        }
      }
      LogWeights weights = LogWeights.of(logs);
      int[] eves = IntStream.range(0, logs.length).toArray();
      double logZ = Math.log(sum / CLOUDS);
      TiltEstimate all = Clouds.estimate(weights, eves, clouds(), scores, 1, logZ);
      TiltEstimate blind = Genealogy.estimate(weights, eves, scores, 1, logZ);
      covered[0] += all.logZ().covers(Math.log(z), 2) ? 1 : 0;
      covered[1] += all.mean().covers(mean, 2) ? 1 : 0;
      covered[2] += blind.logZ().covers(Math.log(z), 2) ? 1 : 0;
    }
    // With a chance of 0.6^4 no cloud finds it, which nothing in the run can tell.
    assertThat(covered[0]).as("log Z").isGreaterThan(850);
    assertThat(covered[1]).as("mean").isGreaterThan(850);
    assertThat(covered[2]).as("log Z by the families alone").isLessThan(500);
  }

  private static int[] clouds() {
    return IntStream.range(0, CLOUDS * EACH).map(i -> i / EACH).toArray();
  }
}
