package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ParticlesTest {
  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Property
  void systematicResamplingKeepsEachParticleAsOftenAsItWeighs(
      @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -30, max = 30) Double> logs,
      @ForAll @DoubleRange(min = 0, max = 0.99) double u) {
    LogWeights weights = LogWeights.of(array(logs));
    int n = weights.size();
    int[] chosen = weights.systematic(u);
    assertThat(chosen).hasSize(n).isSorted();
    for (int i = 0; i < n; i++) {
      int particle = i;
      long copies = Arrays.stream(chosen).filter(each -> each == particle).count();
      double expected = n * weights.values()[i];
      assertThat((double) copies).isBetween(expected - 1 - 1e-9, expected + 1 + 1e-9);
    }
  }

  @Property
  void anyNumberOfParticlesIsChosenByWeight(
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = -30, max = 30) Double> logs,
      @ForAll @IntRange(min = 1, max = 90) int n) {
    LogWeights weights = LogWeights.of(array(logs));
    int[] chosen = weights.systematic(0.3, n);
    assertThat(chosen).hasSize(n).isSorted();
    for (int i = 0; i < weights.size(); i++) {
      int particle = i;
      long copies = Arrays.stream(chosen).filter(each -> each == particle).count();
      double expected = n * weights.values()[i];
      assertThat((double) copies).isBetween(expected - 1 - 1e-9, expected + 1 + 1e-9);
    }
  }

  /** In the particles' own order it is off by as much as chance makes it. */
  @Property(tries = 50)
  void inTheOrderOfAScoreTheMeanIsOffByLittleAndByWeight(
      @ForAll @Size(value = 40) List<@DoubleRange(min = -3, max = 3) Double> logs,
      @ForAll @Size(value = 40) List<@DoubleRange(min = -5, max = 9) Double> scores,
      @ForAll @IntRange(min = 1, max = 20) int n) {
    LogWeights weights = LogWeights.of(array(logs));
    double[] score = array(scores);
    double mean = mean(weights.values(), score);
    double range = Collections.max(scores) - Collections.min(scores);
    int offsets = 500;
    double[] drawn = new double[score.length];
    for (int k = 0; k < offsets; k++) {
      int[] chosen = weights.systematic(score, (k + 0.5) / offsets, n);
      assertThat(chosen).hasSize(n).isSorted();
      double off = Arrays.stream(chosen).mapToDouble(i -> score[i]).average().orElseThrow() - mean;
      assertThat(Math.abs(off)).isLessThanOrEqualTo(range / n + 1e-9);
      Arrays.stream(chosen).forEach(i -> drawn[i] += 1.0 / offsets / n);
    }
    assertThat(drawn).containsExactly(weights.values(), within(1.0 / offsets));
  }

  private static double mean(double[] weights, double... scores) {
    return IntStream.range(0, scores.length).mapToDouble(i -> weights[i] * scores[i]).sum();
  }

  @Property
  void savedWeightsComeBackBitForBit(
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = -1e6, max = 1e6) Double> logs) {
    LogWeights weights = LogWeights.of(array(logs));
    assertThat(LogWeights.restored(weights.logs()).logs()).containsExactly(weights.logs());
    assertThatThrownBy(() -> LogWeights.restored(0, 0)).hasMessageContaining("must sum to 1");
  }

  @Property
  void drawsFallWhereTheWeightsUpToThemReach(
      @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -30, max = 30) Double> logs,
      @ForAll @DoubleRange(min = 0, max = 0.99) double u) {
    LogWeights weights = LogWeights.of(array(logs));
    int drawn = weights.draw(u)[0];
    double below = Arrays.stream(weights.values()).limit(drawn).sum();
    assertThat(u).isBetween(below - 1e-9, below + weights.values()[drawn] + 1e-9);
  }

  @Example
  void drawsAreIndependentAndSkipWeightsOfZero() {
    double none = Double.NEGATIVE_INFINITY;
    LogWeights weights = LogWeights.of(none, Math.log(1), none, Math.log(3), none);
    assertThat(weights.draw(Math.nextDown(1.0), 0, 0.2, 0.3, 0.2)).containsExactly(3, 1, 1, 3, 1);
    assertThat(weights.draw()).isEmpty();
  }

  @Property
  void weightsSurviveLargeFactors(
      @ForAll @Size(min = 2, max = 30) List<@DoubleRange(min = -1e6, max = 1e6) Double> logs) {
    LogWeights weights = LogWeights.of(array(logs));
    assertThat(Arrays.stream(weights.values()).sum()).isCloseTo(1, within(1e-12));
    assertThat(weights.ess()).isBetween(1 - 1e-9, weights.size() + 1e-9);
    double[] same = new double[weights.size()];
    Arrays.fill(same, 1e6);
    assertThat(weights.logMean(same)).isCloseTo(1e6, within(1e-6));
    assertThat(weights.times(same).values()).containsExactly(weights.values(), within(1e-9));
  }

  @Example
  void aWeightOfZeroIsNeverChosen() {
    LogWeights weights =
        LogWeights.of(
            Double.NEGATIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, 0, Double.NEGATIVE_INFINITY);
    assertThat(weights.systematic(0)).containsExactly(1, 1, 1, 3, 3);
    assertThat(weights.systematic(Math.nextDown(1.0))).containsOnly(1, 3);
    assertThatThrownBy(() -> LogWeights.of(Double.NEGATIVE_INFINITY))
        .hasMessageContaining("finite");
    assertThatThrownBy(() -> LogWeights.of(0, Double.NaN)).hasMessageContaining("NaN");
  }

  @Example
  void particlesWithoutAncestryHaveTheErrorsOfImportanceSampling() {
    double[] scores = {0.3, -1, 2, 0.5, 1.1};
    double beta = 0.6;
    double[] factors = Arrays.stream(scores).map(s -> beta * s).toArray();
    LogWeights uniform = LogWeights.uniform(5);
    TiltEstimate estimate =
        Genealogy.estimate(
            uniform.times(factors),
            new int[] {0, 1, 2, 3, 4},
            scores,
            beta,
            uniform.logMean(factors));
    TiltedScores exact = ScoreSample.of(scores).tilted(beta);
    assertThat(estimate.logZ().value()).isCloseTo(exact.logZ(), within(1e-12));
    assertThat(estimate.mean().value()).isCloseTo(exact.mean(), within(1e-12));
    assertThat(estimate.kl().value()).isCloseTo(exact.kl(), within(1e-12));
    // Without resampling every particle is a family: then it is the jackknife of the sample.
    TiltEstimate jackknife = Jackknife.of(exact, ScoreSample.of(scores));
    assertThat(estimate.logZ().standardError())
        .isCloseTo(jackknife.logZ().standardError(), within(1e-9));
    assertThat(estimate.mean().standardError())
        .isCloseTo(jackknife.mean().standardError(), within(1e-9));
    assertThat(estimate.kl().standardError())
        .isCloseTo(jackknife.kl().standardError(), within(1e-9));
  }

  /** Of two families that carry a quarter and three, leaving one out is not to be linearised. */
  @Example
  void fewFamiliesTellLittleAndOneNothing() {
    double[] scores = {1, 1, 1, 3};
    LogWeights equal = LogWeights.uniform(4);
    TiltEstimate two = Genealogy.estimate(equal, new int[] {0, 0, 0, 1}, scores, 1, 0);
    // log(1/4) and log(3/4) without one, log 1 without those that have no descendants.
    double[] without = {Math.log(0.25), Math.log(0.75), 0, 0};
    double mean = Arrays.stream(without).average().orElseThrow();
    double squares = Arrays.stream(without).map(x -> (x - mean) * (x - mean)).sum();
    assertThat(two.logZ().standardError()).isCloseTo(Math.sqrt(0.75 * squares), within(1e-12));
    TiltEstimate one = Genealogy.estimate(equal, new int[] {2, 2, 2, 2}, scores, 1, 0);
    assertThat(one.logZ().standardError()).isInfinite();
    assertThat(one.mean()).isEqualTo(new Estimate(1.5, Double.POSITIVE_INFINITY));
    assertThat(one.kl().standardError()).isInfinite();
  }

  /** A normal random walk weighed at every step, where log Z and the final mean are known. */
  @Example
  void genealogyTellsTheSpreadOfRepeatedRuns() {
    int runs = 300;
    double squaredLogZ = 0;
    double squaredMean = 0;
    double claimedLogZ = 0;
    double claimedMean = 0;
    for (int run = 0; run < runs; run++) {
      TiltEstimate estimate = walk(new Random(run), 200, 8, 0.5);
      // x_8 ~ N(0, 8), weighed in all by exp(x_8 / 2): log Z = 8 / 8, mean = 8 / 2.
      squaredLogZ += Math.pow(estimate.logZ().value() - 1, 2);
      squaredMean += Math.pow(estimate.mean().value() - 4, 2);
      claimedLogZ += Math.pow(estimate.logZ().standardError(), 2);
      claimedMean += Math.pow(estimate.mean().standardError(), 2);
    }
    assertThat(claimedLogZ / squaredLogZ).as("claimed over true, log Z").isBetween(0.7, 1.5);
    assertThat(claimedMean / squaredMean).as("claimed over true, mean").isBetween(0.7, 1.5);
  }

  private static TiltEstimate walk(Random random, int n, int steps, double beta) {
    double[] x = new double[n];
    int[] eves = IntStream.range(0, n).toArray();
    LogWeights weights = LogWeights.uniform(n);
    double logZ = 0;
    for (int step = 0; step < steps; step++) {
      if (weights.ess() < n / 2.0) {
        int[] from = weights.systematic(random.nextDouble());
        x = Arrays.stream(from).mapToDouble(doubles(x)::get).toArray();
        int[] old = eves;
        eves = Arrays.stream(from).map(i -> old[i]).toArray();
        weights = LogWeights.uniform(n);
      }
      double[] factors = new double[n];
      for (int i = 0; i < n; i++) {
        double move = random.nextGaussian();
        x[i] += move;
        factors[i] = beta * move;
      }
      logZ += weights.logMean(factors);
      weights = weights.times(factors);
    }
    return Genealogy.estimate(weights, eves, x, beta, logZ);
  }

  private static List<Double> doubles(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Example
  void certificateOfGaussianSamplesIsTheirDistanceFromTheTilt() {
    // Prior N(0, 1), score x. Drawn with a shift of 1 where beta = 1.5 was asked for.
    Random random = new Random(5);
    double beta = 1.5;
    double[] scores = random.doubles(4000).map(u -> 1 + random.nextGaussian()).toArray();
    double[] pathKl = new double[scores.length];
    Arrays.fill(pathKl, 0.5);
    Estimate bound = Certificate.bound(pathKl, scores, beta, new Estimate(beta * beta / 2, 0.01));
    // KL(N(1, 1) || N(1.5, 1)), reached as the path KL is KL(q || p) itself.
    assertThat(bound.covers(0.125, 4)).as("%s", bound).isTrue();
    assertThat(bound.standardError())
        .isCloseTo(Math.hypot(beta / Math.sqrt(4000), 0.01), within(1e-3));
    assertThatThrownBy(() -> Certificate.bound(pathKl, new double[1], 1, bound))
        .hasMessageContaining("4000 path KLs with 1 scores");
  }
}
