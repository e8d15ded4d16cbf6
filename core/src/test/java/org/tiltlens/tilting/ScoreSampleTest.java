package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class ScoreSampleTest {
  private static double[] normal(int n, long seed) {
    return new Random(seed).doubles(n).map(u -> Math.log(u / (1 - u))).toArray();
  }

  @Property
  void percentilesEqualThoseOfASortedArray(
      @ForAll @IntRange(min = 2, max = 300) int n,
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0, max = 100) double percentile) {
    double[] sorted = normal(n, seed);
    Arrays.sort(sorted);
    double rank = percentile / 100 * (n - 1);
    int low = (int) rank;
    double high = sorted[Math.min(n - 1, low + 1)];
    double expected = sorted[low] + (rank - low) * (high - sorted[low]);
    ScoreSample sample = ScoreSample.of(sorted);
    assertThat(sample.scoreAt(percentile)).isCloseTo(expected, within(1e-12));
    assertThat(sample.percentileOf(expected)).isCloseTo(percentile, within(1e-6));
  }

  @Example
  void tiedScoresStandInTheMiddleOfTheirRange() {
    ScoreSample sample = ScoreSample.of(5, 1, 1, 1, 2);
    assertThat(sample.percentileOf(1)).isEqualTo(25);
    assertThat(sample.percentileOf(1.5)).isEqualTo(62.5);
    assertThat(sample.percentileOf(0.9)).isZero();
    assertThat(sample.percentileOf(5)).isEqualTo(100);
    assertThat(sample.percentileOf(6)).isEqualTo(100);
    assertThat(sample.scoreAt(50)).isEqualTo(1);
    assertThat(sample.scoreAt(100)).isEqualTo(5);
  }

  @Property
  void condensingKeepsSizeMeanAndExtremes(
      @ForAll @IntRange(min = 1, max = 3000) int n, @ForAll long seed) {
    ScoreSample whole = ScoreSample.of(normal(n, seed));
    ScoreSample few = whole.condensed(100, 50);
    assertThat(few.scores().length).isLessThanOrEqualTo(151);
    assertThat(few.size()).isEqualTo(n);
    assertThat(few.mean()).isCloseTo(whole.mean(), within(1e-9));
    assertThat(few.min()).isEqualTo(whole.min());
    assertThat(few.max()).isEqualTo(whole.max());
    double top = 100 - 50.0 / n;
    assertThat(few.scoreAt(top)).isCloseTo(whole.scoreAt(top), within(1e-12));
  }

  @Property(tries = 30)
  void condensedSamplesTiltAlike(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.01, max = 3) double beta) {
    ScoreSample whole = ScoreSample.of(normal(10_000, seed));
    ScoreSample few = whole.condensed(256, 255);
    TiltedScores expected = whole.tilted(beta);
    assertThat(few.tilted(beta).logZ()).isCloseTo(expected.logZ(), within(2e-3));
    assertThat(Tilting.solve(few, expected.mean())).isCloseTo(beta, within(0.01));
  }

  @Example
  void scoresThatAreNoneAreRefused() {
    assertThatThrownBy(() -> ScoreSample.of()).hasMessageContaining("0 scores");
    assertThatThrownBy(() -> ScoreSample.of(1, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> ScoreSample.of(new double[] {2, 1}, new int[] {1, 1}))
        .hasMessageContaining("ascending");
    assertThatThrownBy(() -> ScoreSample.of(1).scoreAt(101)).hasMessageContaining("0..100");
  }
}
