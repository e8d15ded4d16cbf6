package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.LogWeights;

class JudgeFeatureTest {
  private static double[] normal(long seed, int n) {
    Random random = new Random(seed);
    return IntStream.range(0, n).mapToDouble(i -> random.nextGaussian()).toArray();
  }

  /** One column per feature. */
  private static double[][] rows(double[]... columns) {
    return IntStream.range(0, columns[0].length)
        .mapToObj(i -> Arrays.stream(columns).mapToDouble(column -> column[i]).toArray())
        .toArray(double[][]::new);
  }

  private static double[] map(double[] values, DoubleUnaryOperator to) {
    return Arrays.stream(values).map(to).toArray();
  }

  /** {@code r s + sqrt(1 - r^2) e}: normal numbers of correlation r with s. */
  private static double[] correlated(double[] s, double r, long seed) {
    double[] e = normal(seed, s.length);
    return IntStream.range(0, s.length)
        .mapToDouble(i -> r * s[i] + Math.sqrt(1 - r * r) * e[i])
        .toArray();
  }

  @Test
  void aJudgeThatEqualsTheScoreSeesAllOfIt() {
    double[] corpus = normal(1, 200);
    JudgeFeature feature =
        JudgeFeature.of(corpus, rows(normal(2, 200), map(corpus, s -> 7 - 3 * s)), 1);
    assertThat(feature.index()).isEqualTo(1);
    assertThat(feature.correlation().value()).isCloseTo(-1, within(1e-12));
    assertThat(feature.correlation().standardError()).isCloseTo(0, within(1e-12));
    double[] high = map(normal(3, 20), s -> s + 2);
    Estimate seen =
        feature.seen(high, rows(normal(4, 20), map(high, s -> 7 - 3 * s))).orElseThrow();
    assertThat(seen.value()).isCloseTo(1, within(1e-12));
    assertThat(seen.standardError()).isCloseTo(0, within(1e-12));
  }

  @Test
  void anIndependentJudgeSeesNothing() {
    double[] corpus = normal(1, 4000);
    JudgeFeature feature = JudgeFeature.of(corpus, rows(normal(2, 4000)), 1);
    assertThat(feature.correlation().covers(0, 3)).isTrue();
    Estimate seen =
        feature
            .seen(map(normal(3, 50), s -> s + 3), rows(map(normal(4, 50), f -> f + 2)))
            .orElseThrow();
    assertThat(seen.covers(0, 3)).isTrue();
    assertThat(seen.standardError()).isLessThan(0.05);
  }

  /** Details that only the score answers to: it rises by 3, and the feature stays where it was. */
  @Test
  void aRiseOfTheScoreAloneIsNotSeen() {
    double[] corpus = normal(1, 4000);
    JudgeFeature feature = JudgeFeature.of(corpus, rows(correlated(corpus, 0.8, 2)), 1);
    double[] base = normal(3, 100);
    double[][] features = rows(correlated(base, 0.8, 4));
    Estimate seen = feature.seen(map(base, s -> s + 3), features).orElseThrow();
    assertThat(seen.covers(0, 3)).isTrue();
    // Half of the rise along the regression line f = r s, which gives r^2 of that half.
    double[][] half = rows(map(correlated(base, 0.8, 4), f -> f + 0.8 * 1.5));
    Estimate some = feature.seen(map(base, s -> s + 3), half).orElseThrow();
    assertThat(some.value() - seen.value()).isCloseTo(0.64 / 2, within(0.02));
  }

  /** The exact tilt of jointly normal numbers: E_q[f] = r beta, E_q[s] = beta. */
  @Test
  void naturalImagesOfAHighScoreGiveTheSquaredCorrelation() {
    double[] corpus = normal(1, 20_000);
    double[][] features = rows(normal(3, 20_000), correlated(corpus, 0.7, 2));
    JudgeFeature feature = JudgeFeature.of(corpus, features, 1);
    assertThat(feature.index()).isEqualTo(1);
    assertThat(feature.correlation().covers(0.7, 3)).isTrue();
    // Of a normal pair se(r) = (1 - r^2) / sqrt(n).
    assertThat(feature.correlation().standardError()).isCloseTo(0.51 / 100, within(0.0005));
    Estimate seen =
        feature.seen(corpus, features, LogWeights.of(map(corpus, s -> 1.5 * s))).orElseThrow();
    assertThat(seen.covers(0.49, 3)).isTrue();
    assertThat(seen.standardError()).isBetween(0.005, 0.05);
  }

  @Test
  void unitsOfTheFeatureDoNotMatter() {
    double[] corpus = normal(1, 100);
    double[] own = correlated(corpus, 0.5, 2);
    double[] high = map(normal(3, 10), s -> s + 1);
    double[] highOwn = correlated(high, 0.5, 4);
    Estimate seen = JudgeFeature.of(corpus, rows(own), 1).seen(high, rows(highOwn)).orElseThrow();
    Estimate scaled =
        JudgeFeature.of(corpus, rows(map(own, f -> 2 - 50 * f)), 1)
            .seen(high, rows(map(highOwn, f -> 2 - 50 * f)))
            .orElseThrow();
    assertThat(scaled.value()).isCloseTo(seen.value(), within(1e-12));
    assertThat(scaled.standardError()).isCloseTo(seen.standardError(), within(1e-12));
  }

  /** Over new corpora and new images, weighted, the estimate moves as far as its error says. */
  @Test
  void theStandardErrorIsTheSpread() {
    int repeats = 400;
    double[] values = new double[repeats];
    double squares = 0;
    for (int run = 0; run < repeats; run++) {
      double[] corpus = normal(10 * run, 300);
      double[] drawn = map(normal(10 * run + 1, 60), s -> s + 1.5);
      Estimate seen =
          JudgeFeature.of(corpus, rows(correlated(corpus, 0.6, 10 * run + 2)), run)
              .seen(
                  drawn,
                  rows(correlated(drawn, 0.6, 10 * run + 3)),
                  LogWeights.of(map(drawn, s -> 0.5 * s)))
              .orElseThrow();
      values[run] = seen.value();
      squares += seen.standardError() * seen.standardError();
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double spread =
        Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (repeats - 1));
    assertThat(Math.sqrt(squares / repeats) / spread).isBetween(0.85, 1.15);
  }

  /** The best of 200 features of noise looks good where it was chosen, and there alone. */
  @Test
  void theCorrelationIsNotReportedWhereItWasFitted() {
    double sum = 0;
    for (int run = 0; run < 40; run++) {
      double[][] features =
          rows(IntStream.range(0, 200).mapToObj(j -> normal(j, 60)).toArray(double[][]::new));
      double[] scores = normal(1000 + run, 60);
      JudgeFeature feature = JudgeFeature.of(scores, features, run);
      sum += Math.abs(feature.correlation().value());
    }
    // E|r| of 30 independent pairs is 0.15; the best of 200 on the other half has about 0.5.
    assertThat(sum / 40).isBetween(0.1, 0.2);
  }

  @Test
  void imagesThatDoNotRiseShareNothing() {
    double[] corpus = normal(1, 50);
    JudgeFeature feature = JudgeFeature.of(corpus, rows(corpus), 1);
    assertThat(feature.seen(new double[] {-5, -6}, rows(new double[] {1, 2}))).isEmpty();
  }

  @Test
  void whatCannotBeComparedIsRefused() {
    double[] corpus = normal(1, 50);
    double[] equal = map(corpus, s -> 0.1);
    assertThatThrownBy(() -> JudgeFeature.of(equal, rows(corpus), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the score is always 0.1 on 25 images");
    assertThatThrownBy(() -> JudgeFeature.of(corpus, rows(equal, equal), 1))
        .hasMessageContaining("the judge's feature 0 is always 0.1");
    assertThatThrownBy(() -> JudgeFeature.of(normal(1, 49), rows(corpus), 1))
        .hasMessageContaining("49 scores and the features of 50 images");
    assertThatThrownBy(() -> JudgeFeature.of(normal(1, 7), rows(normal(1, 7)), 1))
        .hasMessageContaining("7 feature vectors: at least 8");
    assertThatThrownBy(() -> JudgeFeature.of(map(corpus, s -> Double.NaN), rows(corpus), 1))
        .hasMessageContaining("a score is NaN");
    JudgeFeature feature = JudgeFeature.of(corpus, rows(equal, corpus), 1);
    assertThatThrownBy(() -> feature.seen(new double[] {1, 2}, rows(new double[] {1, 2})))
        .hasMessageContaining("images of 1 features");
    assertThatThrownBy(
            () ->
                feature.seen(
                    new double[] {1, 2},
                    rows(new double[2], new double[] {1, 2}),
                    LogWeights.of(0, Double.NEGATIVE_INFINITY)))
        .hasMessageContaining("2 weights of 2 images: expected one each, at least two of them");
  }
}
