package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.LogWeights;

class ClassDistanceTest {
  private static final Bootstrap MANY = new Bootstrap(20_000, 0.95, 1);

  /** So many images, the first {@code ones} of class 1 of 2. */
  private static ClassShares ofTwo(int n, int ones) {
    return ClassShares.of(2, IntStream.range(0, n).map(i -> i < ones ? 1 : 0).toArray());
  }

  private static double choose(int n, int k) {
    return IntStream.rangeClosed(1, k)
        .mapToDouble(i -> (n - k + i) / (double) i)
        .reduce(1, (a, b) -> a * b);
  }

  private static double binomial(int n, double p, int k) {
    return choose(n, k) * Math.pow(p, k) * Math.pow(1 - p, n - k);
  }

  /**
   * Of two classes the total variation is |X/n - p|, whose mean is De Moivre's {@code 2 k C(n, k)
   * p^k (1 - p)^(n - k + 1) / n} with k = floor(np) + 1.
   */
  @Test
  void theFloorIsTheBinomialsMeanAbsoluteDeviation() {
    for (double p : new double[] {0.5, 0.1, 0.83}) {
      for (int n : new int[] {1, 7, 48}) {
        int k = (int) Math.floor(n * p) + 1;
        double exact = 2.0 * k * choose(n, k) * Math.pow(p, k) * Math.pow(1 - p, n - k + 1) / n;
        ClassDistance distance = ClassDistance.of(ofTwo(n, 0), ClassShares.known(1 - p, p), MANY);
        double deviation = Math.sqrt(p * (1 - p) / n - exact * exact);
        double error = Math.max(1e-12, deviation / Math.sqrt(MANY.resamples()));
        assertThat(distance.floor()).as(n + " at " + p).isCloseTo(exact, within(4 * error));
      }
    }
  }

  /** P(|X - 10| <= 4) = 0.959 and P(|X - 10| <= 3) = 0.885 of 20 at 1/2: the quantile is 4/20. */
  @Test
  void theFloorsQuantileIsTheBinomials() {
    double within3 = IntStream.rangeClosed(7, 13).mapToDouble(k -> binomial(20, 0.5, k)).sum();
    double within4 = IntStream.rangeClosed(6, 14).mapToDouble(k -> binomial(20, 0.5, k)).sum();
    assertThat(within3).isLessThan(0.94);
    assertThat(within4).isGreaterThan(0.955);
    ClassDistance distance = ClassDistance.of(ofTwo(20, 3), ClassShares.known(0.5, 0.5), MANY);
    assertThat(distance.floorHigh()).isCloseTo(0.2, within(1e-12));
    assertThat(distance.distance().value()).isCloseTo(0.35, within(1e-12));
    assertThat(distance.distance().samples()).isEqualTo(20);
  }

  /** X - Y + m of X ~ Bin(n, 1/2) and Y ~ Bin(m, 1/2) is Bin(n + m, 1/2). */
  @Test
  void aReferenceOfFewImagesRaisesTheFloor() {
    int n = 6;
    double exact =
        IntStream.rangeClosed(0, 2 * n)
            .mapToDouble(k -> binomial(2 * n, 0.5, k) * Math.abs(k - n) / n)
            .sum();
    ClassShares even = ofTwo(n, 3);
    assertThat(ClassDistance.of(even, even, MANY).floor()).isCloseTo(exact, within(0.005));
    // Weighted: as many as the ESS says, whatever the number of images.
    int[] labels = IntStream.range(0, 600).map(i -> i % 2).toArray();
    double[] logs =
        IntStream.range(0, 600).mapToDouble(i -> i < n ? 0 : Double.NEGATIVE_INFINITY).toArray();
    ClassShares weighted = ClassShares.weighted(2, labels, LogWeights.of(logs));
    assertThat(ClassDistance.of(even, weighted, MANY).floor()).isCloseTo(exact, within(0.005));
    assertThat(ClassDistance.of(weighted, even, MANY).floor()).isCloseTo(exact, within(0.005));
    assertThat(ClassDistance.of(even, ClassShares.known(0.5, 0.5), MANY).floor())
        .isLessThan(0.75 * exact);
  }

  /** Far from 0 the distance of two classes is a share, with a binomial's spread. */
  @Test
  void theRangeIsTheNormalApproximationsFarFromZero() {
    ClassDistance distance = ClassDistance.of(ofTwo(400, 280), ClassShares.known(0.9, 0.1), MANY);
    double halfWidth = 1.96 * Math.sqrt(0.7 * 0.3 / 400);
    assertThat(distance.distance().value()).isCloseTo(0.6, within(1e-12));
    assertThat(distance.distance().low()).isCloseTo(0.6 - halfWidth, within(0.1 * halfWidth));
    assertThat(distance.distance().high()).isCloseTo(0.6 + halfWidth, within(0.1 * halfWidth));
  }

  /** With equal weights it is the bootstrap of the images themselves. */
  @Test
  void theRangeIsTheBootstrapOfTheImages() {
    double[] reference = {0.2, 0.3, 0.5};
    int[] labels = IntStream.range(0, 60).map(i -> i % 4 == 0 ? 2 : i % 2).toArray();
    Interval images =
        new Bootstrap(20_000, 0.95, 2)
            .of(
                labels.length,
                picks ->
                    ClassShares.of(3, Arrays.stream(picks).map(i -> labels[i]).toArray())
                        .totalVariation(ClassShares.known(reference)));
    Interval shares =
        ClassDistance.of(ClassShares.of(3, labels), ClassShares.known(reference), MANY).distance();
    assertThat(shares.value()).isCloseTo(images.value(), within(1e-12));
    assertThat(shares.low()).isCloseTo(images.low(), within(0.017));
    assertThat(shares.high()).isCloseTo(images.high(), within(0.017));
  }

  /** Images of the reference itself exceed the floor's 95 % quantile in about 5 % of the cases. */
  @Test
  void imagesOfTheReferenceStayBelowTheFloorsQuantile() {
    ClassShares reference = ClassShares.known(0.42, 0.3, 0.13, 0.1, 0.05);
    Random random = new Random(5);
    long above =
        IntStream.range(0, 400)
            .filter(
                run -> {
                  ClassShares shown = reference.redrawn(48, new SplittableRandom(run));
                  ClassDistance distance =
                      ClassDistance.of(
                          shown, reference, new Bootstrap(200, 0.95, random.nextLong()));
                  return distance.distance().value() > distance.floorHigh();
                })
            .count();
    assertThat(above / 400.0).isBetween(0.015, 0.08);
  }

  @Test
  void theSeedDecides() {
    ClassShares shown = ofTwo(30, 11);
    ClassShares reference = ofTwo(100, 60);
    assertThat(ClassDistance.of(shown, reference, new Bootstrap(3)))
        .isEqualTo(ClassDistance.of(shown, reference, new Bootstrap(3)))
        .isNotEqualTo(ClassDistance.of(shown, reference, new Bootstrap(4)));
  }

  @Test
  void whatIsShownMustBeImages() {
    ClassShares known = ClassShares.known(0.5, 0.5);
    assertThatThrownBy(() -> ClassDistance.of(known, known, MANY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected shares estimated from some");
  }

  @Test
  void copiesWidenTheRangeAsFewerImagesDo() {
    ClassShares reference = ClassShares.of(2, IntStream.range(0, 400).map(i -> i % 2).toArray());
    int[] labels = IntStream.range(0, 64).map(i -> i / 4 % 4 == 0 ? 1 : 0).toArray();
    int[] apart = IntStream.range(0, 64).toArray();
    int[] copies = IntStream.range(0, 64).map(i -> i / 4).toArray();
    Bootstrap bootstrap = new Bootstrap(4000, 0.95, 45);
    Interval alone = ClassDistance.ofUnits(labels, apart, reference, bootstrap).distance();
    Interval together = ClassDistance.ofUnits(labels, copies, reference, bootstrap).distance();
    Interval known = ClassDistance.of(ClassShares.of(2, labels), reference, bootstrap).distance();
    assertThat(alone.low()).isCloseTo(known.low(), within(0.02));
    assertThat(alone.high()).isCloseTo(known.high(), within(0.02));
    assertThat(together.value()).isEqualTo(alone.value());
    assertThat(together.samples()).isEqualTo(16);
    assertThat(together.high() - together.low()).isGreaterThan(1.5 * (alone.high() - alone.low()));
  }
}
