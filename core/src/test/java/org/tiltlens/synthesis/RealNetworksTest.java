package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.feature.Objective;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What the real architectures must keep of the sampler's promises; their weights are random. */
@Tag("rounding")
class RealNetworksTest {
  private static final int STEPS = 4;
  private static final double SCALE = 10;
  private static final List<Integer> SAMPLES = List.of(0, 1, 2, 3);

  private static RandomPipeline pipeline;

  @BeforeAll
  static void open() {
    pipeline =
        RandomPipeline.open(
            RandomPipeline.Size.TINY, NoiseSchedule.linear(1000).respaced(Integer.toString(STEPS)));
  }

  @AfterAll
  static void close() {
    pipeline.close();
  }

  private static GuidedSampler sampler(double scale) {
    return pipeline.sampler(new Guidance.Constant(scale, new Objective.Maximize(), Strength.FULL));
  }

  private static float[] drawn(double scale, List<Integer> samples) {
    return drawn(sampler(scale), samples);
  }

  private static float[] drawn(GuidedSampler sampler, List<Integer> samples) {
    try (Trajectory trajectory = sampler.run(45, samples.toArray(Integer[]::new))) {
      return Tensors.toFloats(trajectory.x());
    }
  }

  /** Each sample on its own, several beside each other. */
  private static List<float[]> drawn(Lanes lanes) {
    return lanes.map(SAMPLES.size(), i -> drawn(SCALE, List.of(SAMPLES.get(i))));
  }

  @Test
  void samplesDoNotDependOnTheNumberOfLanes() {
    List<float[]> one = drawn(new Lanes(1, 1));
    assertThat(drawn(new Lanes(2, 1))).usingRecursiveComparison().isEqualTo(one);
    assertThat(drawn(new Lanes(4, 1))).usingRecursiveComparison().isEqualTo(one);
  }

  @Test
  void samplesDoNotDependOnWhatRanBefore() {
    List<float[]> first = drawn(new Lanes(2, 1));
    new Lanes(1, 2).map(1, i -> drawn(3, List.of(7, 8)));
    assertThat(drawn(new Lanes(2, 1))).usingRecursiveComparison().isEqualTo(first);
  }

  @Test
  void halvingTheBatchDoesNotChangeTheGuidance() {
    float[] whole = drawn(SCALE, SAMPLES);
    float[] halves = joined(drawn(SCALE, List.of(0, 1)), drawn(SCALE, List.of(2, 3)));
    GuidedSampler usual = sampler(SCALE);
    float[] nudged =
        drawn(
            new GuidedSampler(
                usual.prior(), usual.score(), usual.guidance(), usual.form(), Nudged::normal),
            SAMPLES);
    // A network evaluated on another batch size rounds differently; x is as large as 700 here.
    double roundings = Nudged.ROUNDINGS * distance(whole, nudged);
    assertThat(distance(whole, halves)).isLessThan(roundings);
    // What an average over the batch would make of the gradient; the test must see it.
    assertThat(distance(whole, drawn(SCALE / 2, SAMPLES))).isGreaterThan(100 * roundings);
  }

  private static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** Largest difference relative to the largest element. */
  private static double distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      difference = Math.max(difference, Math.abs(a[i] - b[i]));
      largest = Math.max(largest, Math.abs(a[i]));
    }
    return difference / largest;
  }

  @Test
  void noWeightEverRequiresAGradient() {
    GuidedSampler sampler = sampler(SCALE);
    try (Trajectory start = sampler.start(45, List.of(0));
        Scope scope = Scope.open()) {
      // What the dictionary loads at first use.
      pipeline.dictionary().encode(pipeline.vision().activations(start.x(), pipeline.hook()));
    }
    assertNoWeightRequiresAGradient();
    sampler.advance(sampler.start(45, List.of(0))).close();
    assertNoWeightRequiresAGradient();
  }

  private static void assertNoWeightRequiresAGradient() {
    for (Object model : List.of(pipeline.prior(), pipeline.vision(), pipeline.dictionary())) {
      assertThat(NativeTensors.reachableFrom(model)).isNotEmpty().noneMatch(Tensor::requires_grad);
    }
  }

  @Test
  void thereIsNoGraphWithoutALeaf() {
    GuidedSampler sampler = sampler(SCALE);
    try (Trajectory start = sampler.start(45, List.of(0));
        Scope scope = Scope.open()) {
      assertThat(withGraph(start.x())).isEmpty();
      assertThat(withGraph(Autograd.leaf(start.x()))).hasSize(5);
      try (Trajectory next = sampler.advance(sampler.start(45, List.of(0)))) {
        assertThat(next.x().requires_grad()).isFalse();
        assertThat(withGraph(next.x())).isEmpty();
      }
    }
  }

  /** Which of the networks' results for these images have a graph. */
  private static List<Tensor> withGraph(Tensor x) {
    Prediction prediction = pipeline.prior().predict(x, STEPS / 2);
    Tensor activations = pipeline.vision().activations(x, pipeline.hook());
    return Stream.of(
            prediction.x0Hat(),
            prediction.mean(),
            prediction.variance(),
            pipeline.dictionary().encode(activations),
            pipeline.score().of(prediction.x0Hat()))
        .filter(Tensor::requires_grad)
        .toList();
  }
}
