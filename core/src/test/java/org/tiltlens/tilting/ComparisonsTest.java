package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Retrieval and best of n beside the tilt of the same mean score. */
class ComparisonsTest {
  private static ScoreSample sample(List<Double> raw) {
    return ScoreSample.of(raw.stream().mapToDouble(s -> Math.rint(s * 4) / 4).toArray());
  }

  @Property
  void hardTruncationNeverBeatsTheTiltOfItsMean(
      @ForAll @Size(min = 2, max = 60) List<@DoubleRange(min = -20, max = 20) Double> raw,
      @ForAll @IntRange(min = 1, max = 60) int k) {
    ScoreSample sample = sample(raw);
    HardTruncation cut = HardTruncation.top(sample, Math.min(k, raw.size()));
    assertThat(Tilting.leastKl(sample, cut.mean())).isLessThanOrEqualTo(cut.kl() + 1e-9);
  }

  @Property
  void bestOfNeverBeatsTheTiltOfItsMean(
      @ForAll @Size(min = 2, max = 60) List<@DoubleRange(min = -20, max = 20) Double> raw,
      @ForAll @IntRange(min = 1, max = 500) int n) {
    ScoreSample sample = sample(raw);
    BestOf best = new BestOf(n);
    double mean = best.mean(sample);
    assertThat(mean).isBetween(sample.mean() - 1e-12, sample.max());
    assertThat(best.kl(sample))
        .isGreaterThanOrEqualTo(Tilting.leastKl(sample, mean) - 1e-9)
        .isLessThanOrEqualTo(best.kl() + 1e-9);
  }

  @Example
  void hardTruncationKeepsWhatItSays() {
    ScoreSample sample = ScoreSample.of(new double[] {1, 2, 3, 7}, new int[] {5, 3, 2, 1});
    HardTruncation cut = HardTruncation.atLeast(sample, 2.5);
    assertThat(cut.threshold()).isEqualTo(3);
    assertThat(cut.kept()).isEqualTo(3);
    assertThat(cut.mean()).isCloseTo(13.0 / 3, within(1e-12));
    assertThat(cut.kl()).isCloseTo(Math.log(11.0 / 3), within(1e-15));
    assertThat(HardTruncation.top(sample, 2).mean()).isCloseTo(5, within(1e-12));
    assertThat(HardTruncation.top(sample, 11).kl()).isZero();
    assertThat(HardTruncation.atLeast(ScoreSample.of(1e6, 1e6 + 1, 1e6 + 2), 1e6 + 1).mean())
        .isEqualTo(1e6 + 1.5);
    assertThatThrownBy(() -> HardTruncation.atLeast(sample, 8)).hasMessageContaining("at most 7.0");
    assertThatThrownBy(() -> HardTruncation.top(sample, 12)).hasMessageContaining("1..11");
  }

  @Example
  void bestOfTwoOfThreeImages() {
    // Nine ordered pairs: the best is the lowest once, the middle 3 times, the highest 5 times.
    ScoreSample sample = ScoreSample.of(1, 2, 4);
    BestOf best = new BestOf(2);
    assertThat(best.mean(sample)).isCloseTo((1 + 3 * 2 + 5 * 4) / 9.0, within(1e-12));
    double kl = Math.log(3.0 / 9) / 9 + Math.log(9.0 / 9) * 3 / 9 + Math.log(15.0 / 9) * 5 / 9;
    assertThat(best.kl(sample)).isCloseTo(kl, within(1e-12));
    assertThat(new BestOf(1).mean(sample)).isCloseTo(sample.mean(), within(1e-12));
    assertThat(new BestOf(1).kl()).isZero();
    assertThat(new BestOf(Long.MAX_VALUE).mean(sample)).isCloseTo(4, within(1e-12));
    assertThatThrownBy(() -> new BestOf(0)).hasMessageContaining("at least 1");
  }

  @Example
  void bestOfTiesIsEachOfThemAlike() {
    ScoreSample sample = ScoreSample.of(3, 3, 3, 3);
    assertThat(new BestOf(7).kl(sample)).isCloseTo(0, within(1e-12));
    assertThat(new BestOf(7).mean(sample)).isCloseTo(3, within(1e-12));
  }

  /** The highest of two standard normal numbers is 1 / sqrt(pi) on average. */
  @Example
  void manyNormalScoresGiveTheContinuousValues() {
    Random random = new Random(3);
    ScoreSample sample =
        ScoreSample.of(random.doubles(100_000).map(u -> random.nextGaussian()).toArray());
    assertThat(new BestOf(2).mean(sample)).isCloseTo(1 / Math.sqrt(Math.PI), within(0.015));
    assertThat(new BestOf(8).kl(sample)).isCloseTo(new BestOf(8).kl(), within(1e-3));
  }

  @Example
  void withoutSelectionTheErrorIsTheTextbooks() {
    double[] scores = {1, 3, 4, 8};
    ScoreSample sample = ScoreSample.of(scores);
    double expected = Estimate.ofMean(scores).standardError();
    assertThat(new BestOf(1).standardError(sample)).isCloseTo(expected, within(1e-12));
    assertThat(HardTruncation.top(sample, 4).standardError(sample))
        .isCloseTo(expected, within(1e-12));
    assertThat(new BestOf(3).standardError(ScoreSample.of(2))).isInfinite();
  }

  @Example
  void errorsAreTheSpreadOverSamplesOfNormalScores() {
    int runs = 400;
    double[] best = new double[runs];
    double[] top = new double[runs];
    double bestVariance = 0;
    double topVariance = 0;
    for (int run = 0; run < runs; run++) {
      Random random = new Random(run);
      ScoreSample sample =
          ScoreSample.of(random.doubles(400).map(u -> random.nextGaussian()).toArray());
      HardTruncation cut = HardTruncation.top(sample, 40);
      best[run] = new BestOf(8).mean(sample);
      top[run] = cut.mean();
      bestVariance += Math.pow(new BestOf(8).standardError(sample), 2) / runs;
      topVariance += Math.pow(cut.standardError(sample), 2) / runs;
    }
    assertThat(bestVariance / variance(best)).isBetween(0.75, 1.3);
    assertThat(topVariance / variance(top)).isBetween(0.75, 1.3);
  }

  private static double variance(double[] values) {
    return Math.pow(Estimate.ofMean(values).standardError(), 2) * values.length;
  }
}
