package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  /**
   * The mean of n normal numbers: the range is about {@code mean +- 1.96 sd}, with sd dividing by
   * n, so that it holds the truth with {@code P(|t_{n-1}| < 1.96 sqrt((n-1)/n))}: 0.94 for 40.
   */
  @Test
  void theRangeHoldsTheTruthAsOftenAsItSays() {
    int n = 40;
    Random random = new Random(11);
    long held =
        IntStream.range(0, 300)
            .filter(
                run -> {
                  double[] samples = random.doubles(n).map(u -> random.nextGaussian()).toArray();
                  Interval range = new Bootstrap(run).ofMean(samples);
                  return range.low() <= 0 && 0 <= range.high();
                })
            .count();
    assertThat(held / 300.0).isBetween(0.90, 0.98);
  }

  /** Half-width 1.96 sd / sqrt(n). */
  @Test
  void theWidthIsThatOfTheNormalApproximation() {
    Random random = new Random(12);
    double[] samples = random.doubles(400).map(u -> 3 * random.nextGaussian()).toArray();
    Interval range = new Bootstrap(4000, 0.95, 1).ofMean(samples);
    double mean = Arrays.stream(samples).average().orElseThrow();
    double variance = Arrays.stream(samples).map(x -> (x - mean) * (x - mean)).sum() / 400;
    assertThat(range.value()).isEqualTo(mean);
    assertThat(range.samples()).isEqualTo(400);
    double halfWidth = 1.96 * Math.sqrt(variance / 400);
    assertThat(range.low()).isCloseTo(mean - halfWidth, within(0.1 * halfWidth));
    assertThat(range.high()).isCloseTo(mean + halfWidth, within(0.1 * halfWidth));
  }

  @Test
  void equalSamplesLeaveNoDoubt() {
    assertThat(new Bootstrap(3).ofMean(2.5, 2.5, 2.5, 2.5))
        .isEqualTo(new Interval(2.5, 2.5, 2.5, 4));
  }

  @Test
  void theSeedDecides() {
    double[] samples = {3, 1, 4, 1, 5, 9, 2, 6};
    Bootstrap bootstrap = new Bootstrap(5);
    assertThat(bootstrap.ofMean(samples)).isEqualTo(bootstrap.ofMean(samples));
    assertThat(bootstrap.ofMean(samples)).isNotEqualTo(new Bootstrap(6).ofMean(samples));
    double[] shifted = Arrays.stream(samples).map(x -> x + 10).toArray();
    assertThat(bootstrap.ofMean(shifted).low())
        .isCloseTo(bootstrap.ofMean(samples).low() + 10, within(1e-12));
  }

  /** Resampled medians of 1, 2, 3 are 1, 2 or 3, each extreme with 7/27. */
  @Test
  void anyStatisticOfThePicks() {
    double[] samples = {1, 2, 3};
    Interval range =
        new Bootstrap(1000, 0.9, 2)
            .of(3, picks -> samples[Arrays.stream(picks).sorted().toArray()[1]]);
    assertThat(range).isEqualTo(new Interval(2, 1.0, 3.0, 3));
  }

  /** Few images against a reference of many features, as in a comparison of methods. */
  @Test
  void rangeOfAFrechetDistance() {
    double[][] reference = RandomRows.normal(400, 64, 1);
    double[][] drawn = RandomRows.normal(16, 64, 2);
    FrechetDistance distance = FrechetDistance.to(reference);
    Interval range = new Bootstrap(200, 0.95, 3).of(16, distance.resampling(drawn));
    assertThat(range.value()).isCloseTo(distance.of(drawn), within(1e-9));
    assertThat(range.low()).isLessThan(range.high());
    assertThat(range.high()).isGreaterThan(range.value()); // fewer different samples: biased up
  }

  @Test
  void refusals() {
    Bootstrap bootstrap = new Bootstrap(1);
    assertThatThrownBy(() -> bootstrap.ofMean(1)).hasMessageContaining("at least 2");
    assertThatThrownBy(() -> bootstrap.of(2, picks -> Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Bootstrap(0, 0.95, 1)).hasMessageContaining("resamples 0");
    assertThatThrownBy(() -> new Bootstrap(10, 1, 1)).hasMessageContaining("level 1.0");
    assertThatThrownBy(() -> new Interval(1, 2.0, 1.0, 3)).hasMessageContaining("2.0..1.0");
  }

  @Test
  void copiesAreNoMoreSamplesThanTheyAreCopiesOf() {
    Random random = new Random(3);
    double[] different = random.doubles(16).toArray();
    double[] fourOfEach = new double[64];
    Arrays.setAll(fourOfEach, i -> different[i % 16]);
    int[] units = IntStream.range(0, 64).map(i -> i % 16).toArray();
    Bootstrap bootstrap = new Bootstrap(4000, 0.95, 45);
    ToDoubleFunction<int[]> mean =
        picks -> Arrays.stream(picks).mapToDouble(i -> fourOfEach[i]).average().orElseThrow();
    Interval once = bootstrap.ofMean(different);
    Interval copied = bootstrap.ofUnits(units, mean);
    assertThat(copied.samples()).isEqualTo(16);
    assertThat(copied.value()).isCloseTo(once.value(), within(1e-12));
    assertThat(copied.low()).isCloseTo(once.low(), within(1e-12));
    assertThat(copied.high()).isCloseTo(once.high(), within(1e-12));
    assertThat(bootstrap.of(64, mean).high()).isLessThan(once.high());
  }

  @Test
  void oneUnitTellsNoRange() {
    Interval one = new Bootstrap(45).ofUnits(new int[] {3, 3, 3}, picks -> picks.length);
    assertThat(one).isEqualTo(new Interval(3, null, null, 1));
  }
}
