package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

class JackknifeTest {
  @Property(tries = 300)
  void errorsAreThoseOfLeavingEachImageOut(
      @ForAll @Size(min = 3, max = 30) List<@DoubleRange(min = -6, max = 6) Double> raw,
      @ForAll @DoubleRange(min = -4, max = 4) double beta) {
    double[] scores = raw.stream().mapToDouble(s -> Math.rint(s * 4) / 4).toArray();
    TiltEstimate estimate = jackknife(ScoreSample.of(scores), beta);
    assertError(estimate.logZ(), bruteForce(scores, beta, TiltedScores::logZ));
    assertError(estimate.mean(), bruteForce(scores, beta, TiltedScores::mean));
    assertError(estimate.kl(), bruteForce(scores, beta, TiltedScores::kl));
  }

  private static TiltEstimate jackknife(ScoreSample sample, double beta) {
    return Jackknife.of(sample.tilted(beta), sample);
  }

  private static void assertError(Estimate estimate, double expected) {
    assertThat(estimate.standardError()).isCloseTo(expected, within(1e-8 * (1 + expected)));
  }

  private static double bruteForce(
      double[] scores, double beta, ToDoubleFunction<TiltedScores> of) {
    int n = scores.length;
    double[] without =
        IntStream.range(0, n)
            .mapToDouble(
                left -> {
                  double[] rest =
                      IntStream.range(0, n)
                          .filter(i -> i != left)
                          .mapToDouble(i -> scores[i])
                          .toArray();
                  return of.applyAsDouble(ScoreSample.of(rest).tilted(beta));
                })
            .toArray();
    double mean = Arrays.stream(without).average().orElseThrow();
    double squares = Arrays.stream(without).map(x -> (x - mean) * (x - mean)).sum();
    return Math.sqrt((n - 1.0) / n * squares);
  }

  @Example
  void entriesOfSeveralImagesCountAsThatMany() {
    ScoreSample grouped = ScoreSample.of(new double[] {1, 2, 5}, new int[] {3, 1, 2});
    TiltEstimate expected = ScoreSample.of(1, 1, 1, 2, 5, 5).tilted(0.7).estimate();
    TiltEstimate estimate = grouped.tilted(0.7).estimate();
    assertThat(estimate.kl().standardError())
        .isCloseTo(expected.kl().standardError(), within(1e-12));
    assertThat(estimate.mean().standardError())
        .isCloseTo(expected.mean().standardError(), within(1e-12));
  }

  @Example
  void withoutTiltTheMeansErrorIsTheTextbooks() {
    double[] scores = {1, 3, 4, 8};
    TiltEstimate estimate = ScoreSample.of(scores).tilted(0).estimate();
    assertThat(estimate.mean().standardError())
        .isCloseTo(Estimate.ofMean(scores).standardError(), within(1e-12));
    assertThat(estimate.logZ()).isEqualTo(new Estimate(0, 0));
  }

  @Example
  void oneImageCarryingAllTheWeightIsLeftOutExactly() {
    // Without 1e6, log Z falls by 1e7: the error says that these numbers mean nothing.
    TiltEstimate estimate = jackknife(ScoreSample.of(0, 0.5, 1e6), 10);
    assertThat(estimate.logZ().standardError()).isCloseTo(2.0 / 3 * 1e7, within(10.0));
    assertThat(estimate.mean().value()).isEqualTo(1e6);
    TiltEstimate ties = jackknife(ScoreSample.of(1e6, 1e6, 1e6, 0), 10);
    assertThat(ties.mean().standardError()).isCloseTo(0, within(1e-9));
    // log((3/3) / ..) and log((2/3) / ..): the jackknife of a share of 3/4.
    assertThat(ties.logZ().standardError())
        .isCloseTo(Math.sqrt(0.75 * 4 * 3 / 16.0) * Math.log(1.5), within(1e-6));
  }

  @Example
  void oneImageTellsNothingOfItsError() {
    assertThat(ScoreSample.of(3).tilted(1).estimate().mean().standardError())
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  /** Normal scores: log Z = beta^2 / 2, m = beta, KL = beta^2 / 2. */
  @Example
  void errorsCoverTheTruthOfNormalScores() {
    double beta = 0.8;
    int runs = 200;
    int covered = 0;
    double squares = 0;
    double variances = 0;
    for (int run = 0; run < runs; run++) {
      Random random = new Random(run);
      double[] scores = random.doubles(500).map(u -> random.nextGaussian()).toArray();
      TiltEstimate estimate = jackknife(ScoreSample.of(scores), beta);
      boolean all =
          estimate.mean().covers(beta, 2.6)
              && estimate.logZ().covers(beta * beta / 2, 2.6)
              && estimate.kl().covers(beta * beta / 2, 2.6);
      covered += all ? 1 : 0;
      squares += Math.pow(estimate.mean().value() - beta, 2);
      variances += Math.pow(estimate.mean().standardError(), 2);
    }
    assertThat(covered).as("runs whose three numbers are covered").isGreaterThan(runs * 9 / 10);
    assertThat(variances / squares).as("claimed over true variance").isBetween(0.75, 1.3);
  }
}
