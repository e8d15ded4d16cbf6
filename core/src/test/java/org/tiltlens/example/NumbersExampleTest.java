package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.ClassDistance;
import org.tiltlens.metrics.ClassShares;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.metrics.Interval;
import org.tiltlens.metrics.VendiScore;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.HardTruncation;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The examples of the rooms of plain numbers and of tensors. */
class NumbersExampleTest {

  private static double[] normal(long seed, int count) {
    return new Random(seed).doubles(count).map(u -> Math.sqrt(-2 * Math.log(1 - u))).toArray();
  }

  private static double[][] rows(long seed, int count) {
    return Stream.iterate(seed, s -> s + 1)
        .limit(count)
        .map(s -> normal(s, 3))
        .toArray(double[][]::new);
  }

  @Test
  void tilting() {
    double[] scores = normal(1, 1000);
    // tag::tilting
    ScoreSample sample = ScoreSample.of(scores); // s(x_1) .. s(x_N), any order
    double wanted = sample.scoreAt(97); // the corpus' 97th percentile
    double beta = Tilting.solve(sample, wanted); // E_q[s] = wanted
    TiltedScores q = sample.tilted(beta);
    double far = q.kl(); // trust q while this is below log N
    Estimate farther = q.estimate().kl(); // with its standard error
    double cut = HardTruncation.top(sample, 9).kl(); // what top-9 retrieval costs instead
    // end::tilting
    assertThat(q.mean()).isCloseTo(wanted, within(1e-6));
    assertThat(farther.value()).isCloseTo(far, within(0.5));
    assertThat(cut).isGreaterThan(far);
  }

  @Test
  void metrics() {
    double[][] natural = rows(1, 40);
    double[][] drawn = rows(100, 20);
    int[] naturalLabels = IntStream.range(0, 40).map(i -> i % 2).toArray();
    double[] logs = IntStream.range(0, 40).mapToDouble(i -> i % 2).toArray();
    int[] labels = new int[20]; // all of class 0, of which a quarter should be
    // tag::metrics
    FrechetDistance distance = FrechetDistance.to(natural); // rows: features of an image
    Interval range = new Bootstrap(45).of(drawn.length, distance.resampling(drawn));
    double kinds = VendiScore.of(drawn); // how many kinds of images there are
    LogWeights tilt = LogWeights.of(logs); // such as beta s
    ClassShares wanted = ClassShares.weighted(2, naturalLabels, tilt);
    ClassDistance classes = ClassDistance.of(ClassShares.of(2, labels), wanted, new Bootstrap(45));
    boolean others = classes.distance().value() > classes.floorHigh(); // beyond chance
    // end::metrics
    assertThat(others).isTrue();
    assertThat(range.low()).isBetween(0.0, range.high());
    assertThat(kinds).isBetween(1.0, 20.0);
  }

  @Test
  void torch() {
    // tag::torch
    float[] gradient;
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, 2, 3}, 3));
      Tensor energy = Tensors.scale(x.mul(x), 0.5).sum();
      gradient = Tensors.toFloats(Autograd.gradient(energy, x));
    }
    // end::torch
    assertThat(gradient).containsExactly(1, 2, 3);
  }

  @Test
  void ownership() {
    // tag::ownership
    try (Scope outer = Scope.open()) {
      Tensor sum;
      try (Scope inner = Scope.open()) {
        Tensor ones = Tensors.full(1, 1000); // the innermost scope's: freed when it closes
        sum = inner.keep(ones.sum()); // handed on to the outer one
      }
      System.out.println(sum.item_double());
    } // frees the sum
    // end::ownership
  }
}
