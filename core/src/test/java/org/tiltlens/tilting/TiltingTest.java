package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

class TiltingTest {
  /** Scores in the range of real units' ones, ties among them. */
  private static ScoreSample sample(List<Double> raw) {
    return ScoreSample.of(raw.stream().mapToDouble(s -> Math.rint(s * 8) / 8).toArray());
  }

  private static double spread(ScoreSample sample) {
    return sample.max() - sample.min();
  }

  @Property
  void meanGrowsWithBeta(
      @ForAll @Size(min = 2, max = 60) List<@DoubleRange(min = -20, max = 20) Double> raw,
      @ForAll @DoubleRange(min = -5, max = 5) double beta,
      @ForAll @DoubleRange(min = 0, max = 5) double more) {
    ScoreSample sample = sample(raw);
    assertThat(sample.tilted(beta + more).mean())
        .isGreaterThanOrEqualTo(sample.tilted(beta).mean() - 1e-12 * (1 + spread(sample)));
  }

  @Property
  void divergenceIsBetaMeanMinusLogZAndNeverNegative(
      @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -20, max = 20) Double> raw,
      @ForAll @DoubleRange(min = -5, max = 5) double beta) {
    TiltedScores q = sample(raw).tilted(beta);
    assertThat(q.kl()).isNotNegative().isLessThanOrEqualTo(Math.log(raw.size()) + 1e-9);
    assertThat(q.kl()).isCloseTo(beta * q.mean() - q.logZ(), within(1e-9));
    assertThat(q.ess()).isBetween(1 - 1e-9, raw.size() + 1e-9);
  }

  @Property
  void derivativesOfLogZAreMeanAndVariance(
      @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -5, max = 5) Double> raw,
      @ForAll @DoubleRange(min = -2, max = 2) double beta) {
    ScoreSample sample = sample(raw);
    double h = 1e-5;
    TiltedScores q = sample.tilted(beta);
    TiltedScores up = sample.tilted(beta + h);
    TiltedScores down = sample.tilted(beta - h);
    assertThat((up.logZ() - down.logZ()) / (2 * h)).isCloseTo(q.mean(), within(1e-6));
    assertThat((up.mean() - down.mean()) / (2 * h)).isCloseTo(q.variance(), within(1e-5));
  }

  @Property
  void weightsSumToOneAndGiveTheMean(
      @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = -20, max = 20) Double> raw,
      @ForAll @DoubleRange(min = -5, max = 5) double beta) {
    ScoreSample sample = sample(raw);
    TiltedScores q = sample.tilted(beta);
    double[] weights = q.weights();
    double[] scores = sample.scores();
    double mean = 0;
    for (int i = 0; i < weights.length; i++) {
      mean += weights[i] * scores[i];
    }
    assertThat(Arrays.stream(weights).sum()).isCloseTo(1, within(1e-12));
    assertThat(mean).isCloseTo(q.mean(), within(1e-10));
  }

  @Property
  void solvingForTheMeanOfBetaGivesBeta(
      @ForAll @Size(min = 2, max = 60) List<@DoubleRange(min = -20, max = 20) Double> raw,
      @ForAll @DoubleRange(min = -3, max = 3) double beta) {
    ScoreSample sample = sample(raw);
    TiltedScores q = sample.tilted(beta);
    // Where all the weight is on one score, the mean no longer tells beta.
    if (q.variance() < 1e-4) {
      return;
    }
    assertThat(Tilting.solve(sample, q.mean())).isCloseTo(beta, within(1e-8));
  }

  @Example
  void wantedMeansOutOfReachAreRefused() {
    ScoreSample sample = ScoreSample.of(1, 2, 4);
    for (double mean : new double[] {4, 4.5, 1, 0, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Tilting.solve(sample, mean))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("mean score of " + mean)
          .hasMessageContaining("between 1.0 and 4.0");
    }
    assertThat(sample.tilted(Tilting.solve(sample, Math.nextDown(4.0))).mean())
        .isCloseTo(4, within(1e-12));
  }

  @Example
  void aCorpusIsExhaustedOnceFewImagesCarryTheWeight() {
    // 1,000 images: KL is log 1000 = 6.9 where one carries all, log(1000 / 10) = 4.6 where ten do.
    ScoreSample one = ScoreSample.of(new double[] {0, 1}, new int[] {999, 1});
    ScoreSample ten = ScoreSample.of(new double[] {0, 1}, new int[] {990, 10});
    assertThat(one.tilted(100).isExhausted()).isTrue();
    assertThat(ten.tilted(100).isExhausted()).isFalse();
    assertThat(one.tilted(0).isExhausted()).isFalse();
  }

  @Example
  void equalScoresNeedNoTiltAndReachNothingElse() {
    ScoreSample sample = ScoreSample.of(3, 3, 3);
    assertThat(Tilting.solve(sample, 3)).isZero();
    assertThat(sample.tilted(1e300).kl()).isZero();
    assertThat(sample.tilted(7).ess()).isCloseTo(3, within(1e-12));
    assertThatThrownBy(() -> Tilting.solve(sample, 3.1)).hasMessageContaining("out of reach");
  }

  @Example
  void extremeScoresNeitherOverflowNorVanish() {
    TiltedScores q = ScoreSample.of(1e6, -1e6, 1e6, 0, 1e6 - 1).tilted(50);
    assertThat(q.mean()).isEqualTo(1e6);
    assertThat(q.kl()).isCloseTo(Math.log(5.0 / 2), within(1e-9));
    assertThat(q.ess()).isCloseTo(2, within(1e-9));
    assertThat(q.logZ()).isCloseTo(5e7 + Math.log(2.0 / 5), within(1e-6));
    ScoreSample large = ScoreSample.of(1e6, 1e6 + 1, 1e6 + 2);
    double beta = Tilting.solve(large, 1e6 + 1.5);
    assertThat(beta).isCloseTo(Tilting.solve(ScoreSample.of(0, 1, 2), 1.5), within(1e-8));
  }

  @Example
  void twoScoresHaveTheLogisticAsMean() {
    ScoreSample sample = ScoreSample.of(0, 1);
    assertThat(sample.tilted(0.7).mean()).isCloseTo(1 / (1 + Math.exp(-0.7)), within(1e-15));
    assertThat(Tilting.solve(sample, 0.9)).isCloseTo(Math.log(9), within(1e-12));
    assertThat(Tilting.solve(sample, 0.1)).isCloseTo(-Math.log(9), within(1e-12));
  }

  @Property
  void solvingSurvivesLargeScoresAndTies(
      @ForAll @Size(min = 2, max = 60) List<@DoubleRange(min = -4, max = 4) Double> raw,
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double share) {
    ScoreSample near = sample(raw);
    ScoreSample far = ScoreSample.of(Arrays.stream(near.scores()).map(s -> s + 1e6).toArray());
    // Eighths, and a wanted mean in their millionths: exact at either place.
    double wanted = near.min() + Math.rint(share * spread(near) * 0x1p20) / 0x1p20;
    if (!(wanted > near.min() && wanted < near.max()) || wanted == near.mean()) {
      return;
    }
    double beta = Tilting.solve(near, wanted);
    assertThat(near.tilted(beta).mean()).isCloseTo(wanted, within(1e-12 * (1 + spread(near))));
    assertThat(Tilting.solve(far, wanted + 1e6)).isCloseTo(beta, within(1e-6 * (1 + beta * beta)));
  }

  @Example
  void percentilesAreReachedUnlessTheyAreTheEnds() {
    ScoreSample sample = ScoreSample.of(1, 2, 4, 8, 8);
    double beta = Tilting.solvePercentile(sample, 60);
    assertThat(sample.tilted(beta).mean()).isCloseTo(sample.scoreAt(60), within(1e-12));
    assertThatThrownBy(() -> Tilting.solvePercentile(sample, 90))
        .hasMessageContaining("percentile 90.0 is the score 8.0");
    assertThatThrownBy(() -> Tilting.solvePercentile(sample, 0)).hasMessageContaining("0.0");
  }

  @Property
  void leastKlIsTheTiltsAndNoOthersIsLess(
      @ForAll @Size(min = 2, max = 40) List<@DoubleRange(min = -8, max = 8) Double> raw,
      @ForAll @Size(min = 40, max = 40) List<@DoubleRange(min = 0, max = 1) Double> weights) {
    ScoreSample sample = sample(raw);
    double sum = 0;
    for (int i = 0; i < raw.size(); i++) {
      sum += weights.get(i);
    }
    if (!(sum > 0)) {
      return;
    }
    double mean = 0;
    double kl = 0;
    for (int i = 0; i < raw.size(); i++) {
      double share = weights.get(i) / sum;
      mean += share * sample.score(i);
      kl += share > 0 ? share * Math.log(share * raw.size()) : 0;
    }
    double reachable = Math.max(sample.min(), Math.min(sample.max(), mean));
    assertThat(Tilting.leastKl(sample, reachable)).isLessThanOrEqualTo(kl + 1e-9);
  }

  @Example
  void leastKlAtAnEndIsThatOfItsImages() {
    ScoreSample sample = ScoreSample.of(1, 2, 4, 4);
    assertThat(Tilting.leastKl(sample, 4)).isEqualTo(Math.log(2));
    assertThat(Tilting.leastKl(sample, 1)).isEqualTo(Math.log(4));
    assertThat(Tilting.leastKl(sample, sample.mean())).isZero();
    assertThatThrownBy(() -> Tilting.leastKl(sample, 5)).hasMessageContaining("out of reach");
  }
}
