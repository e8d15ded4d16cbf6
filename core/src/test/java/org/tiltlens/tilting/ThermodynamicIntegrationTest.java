package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.Example;

class ThermodynamicIntegrationTest {
  private static TiltEstimate exact(double[] betas, DoubleUnaryOperator mean) {
    return ThermodynamicIntegration.of(
        betas, Arrays.stream(betas).mapToObj(b -> new Estimate(mean.applyAsDouble(b), 0)).toList());
  }

  @Example
  void normalScoresAreIntegratedExactlyOnAnyLadder() {
    for (double[] betas : new double[][] {{0, 2}, {0, 0.1, 2}, {0, 0.5, 0.7, 2}, {0, -1, -2}}) {
      double beta = betas[betas.length - 1];
      TiltEstimate estimate = exact(betas, b -> 3 + b);
      assertThat(estimate.logZ().value()).isCloseTo(3 * beta + beta * beta / 2, within(1e-12));
      assertThat(estimate.kl().value()).isCloseTo(beta * beta / 2, within(1e-12));
    }
  }

  /** Two scores 0 and 1: m = 1 / (1 + exp(-b)), A = log((1 + exp(b)) / 2). */
  @Example
  void halvingTheStepsDividesTheErrorByAboutSixteen() {
    double coarse = logisticError(9);
    double fine = logisticError(18);
    assertThat(fine).isLessThan(5e-5);
    assertThat(coarse / fine).isBetween(10.0, 24.0);
  }

  private static double logisticError(int intervals) {
    double[] betas =
        IntStream.rangeClosed(0, intervals).mapToDouble(i -> 6.0 * i / intervals).toArray();
    double logZ = exact(betas, b -> 1 / (1 + Math.exp(-b))).logZ().value();
    return Math.abs(logZ - Math.log((1 + Math.exp(6)) / 2));
  }

  @Example
  void errorsAreThoseOfRepeatedDraws() {
    double[] betas = {0, 0.3, 1, 2};
    double[] errors = {0.1, 0.3, 0.2, 0.15};
    Random random = new Random(1);
    int runs = 20_000;
    double logZ = 0;
    double kl = 0;
    TiltEstimate estimate = null;
    for (int run = 0; run < runs; run++) {
      List<Estimate> means =
          IntStream.range(0, betas.length)
              .mapToObj(i -> new Estimate(betas[i] + errors[i] * random.nextGaussian(), errors[i]))
              .toList();
      estimate = ThermodynamicIntegration.of(betas, means);
      logZ += Math.pow(estimate.logZ().value() - 2, 2);
      kl += Math.pow(estimate.kl().value() - 2, 2);
    }
    double tolerance = 4 / Math.sqrt(2.0 * runs);
    assertThat(estimate.logZ().standardError() / Math.sqrt(logZ / runs))
        .isCloseTo(1, within(tolerance));
    assertThat(estimate.kl().standardError() / Math.sqrt(kl / runs))
        .isCloseTo(1, within(tolerance));
  }

  /** Draws of m(b) = b + noise, the noise the same at every b: it stays in log Z, and leaves KL. */
  @Example
  void commonNoiseIsInTheErrors() {
    double[] betas = {0, 0.5, 2};
    double[] noise = {-1, 0.5, 2, 0.1};
    double[][] scores = new double[betas.length][noise.length];
    for (int k = 0; k < betas.length; k++) {
      for (int i = 0; i < noise.length; i++) {
        scores[k][i] = betas[k] + noise[i];
      }
    }
    TiltEstimate estimate = ThermodynamicIntegration.ofCommonNoise(betas, scores);
    Estimate mean = Estimate.ofMean(noise);
    assertThat(estimate.logZ().value()).isCloseTo(2 + 2 * mean.value(), within(1e-12));
    assertThat(estimate.logZ().standardError()).isCloseTo(2 * mean.standardError(), within(1e-12));
    assertThat(estimate.kl().value()).isCloseTo(2, within(1e-12));
    assertThat(estimate.kl().standardError()).isCloseTo(0, within(1e-12));
  }

  @Example
  void aLadderStartsAtZeroAndKeepsItsDirection() {
    for (double[] betas :
        new double[][] {{0.1, 1}, {0, 1, 0.5}, {0, 1, 1}, {0, -1, 1}, {0, Double.NaN}, {0}}) {
      assertThatThrownBy(() -> exact(betas, b -> b))
          .as(Arrays.toString(betas))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected");
    }
  }
}
