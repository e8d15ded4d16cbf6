package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.DpmSolver;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.HeunStep;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.feature.WeightedScores;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.fixture.SpoiltStore;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A number that is not finite stops every sampler where it arises, which is told in one line. */
class NotFiniteTest {
  private static final String NOT_FINITE = " gives numbers that are not finite: ";
  private static final String CHECK = "check its weights, which may have";

  private static final Objective MAXIMIZE = new Objective.Maximize();
  private static final int SIZE = 16;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static void assertStops(ThrowingCallable run, String expected) {
    assertThatThrownBy(run)
        .isInstanceOf(NotFiniteException.class)
        .hasMessageStartingWith(expected)
        .hasMessageMatching("[^\\n]*");
  }

  // ---- one number of a model's weights

  /** The first number of a ConvNeXt's first bias, and feature 5's own. */
  static Stream<Arguments> spoiltScores() {
    String at = " at stages.0.1.hook_resid_pre" + NOT_FINITE;
    return Stream.of(
        arguments("downsample_layers.0.0.bias", 0, Double.NaN, "the vision model" + at + CHECK),
        arguments("b_conv", 5, Double.NaN, "feature:5@pre" + at + "its bias of the encoder is"));
  }

  /** And the first number of the prior's last layer. */
  static Stream<Arguments> spoilt() {
    return Stream.concat(
        spoiltScores(),
        Stream.of(
            arguments("out.2.weight", 0, Double.NaN, "the prior" + NOT_FINITE + CHECK),
            arguments(
                "out.2.bias", 0, Double.POSITIVE_INFINITY, "the prior" + NOT_FINITE + CHECK)));
  }

  @ParameterizedTest
  @MethodSource("spoilt")
  void samplersNameTheStepAndTheModel(String tensor, long element, double value, String said) {
    try (RandomPipeline pipeline = spoilt(tensor, element, value)) {
      String expected = "step t = 9: " + said;
      Guidance.Tilt tilt = new Guidance.Tilt(1, MAXIMIZE, Strength.FULL);
      List<Guidance> guidances = List.of(tilt, new Guidance.Constant(1, MAXIMIZE, Strength.FULL));
      for (Guidance guidance : guidances) {
        assertStops(() -> pipeline.sampler(guidance).run(45, 0), expected);
      }
      List<ScoreGradient> gradients =
          List.of(new ScoreGradient.CleanEstimate(), new ScoreGradient.Smoothed(2));
      for (ScoreGradient gradient : gradients) {
        GuidedSampler sampler =
            new GuidedSampler(
                pipeline.prior(),
                pipeline.score(),
                tilt,
                new AncestralStep(),
                gradient,
                Noise::normal);
        assertStops(() -> sampler.run(45, 0), expected);
      }
      WeightedScores sum =
          new WeightedScores(List.of(new WeightedScores.Part(pipeline.score(), MAXIMIZE, 0.5)));
      assertStops(
          () -> new GuidedSampler(pipeline.prior(), sum, tilt, new AncestralStep()).run(45, 0),
          expected);
      assertStops(
          () ->
              new TwistedSampler(
                      pipeline.prior(),
                      pipeline.score(),
                      tilt,
                      4,
                      Batching.oneByOne(new Lanes(2, 1)))
                  .run(45),
          expected);
    }
  }

  @Test
  void unguidedStepsAndBoundsNameThePriorToo() {
    Guidance none = new Guidance.Tilt(0, MAXIMIZE, Strength.FULL);
    try (RandomPipeline pipeline = spoilt("out.2.bias", 0, Double.NEGATIVE_INFINITY)) {
      assertStops(() -> pipeline.sampler(none).run(45, 0), "step t = 9: the prior gives");
      Tensor image = Tensors.zeros(1, 3, SIZE, SIZE);
      assertStops(
          () -> new VariationalBound(pipeline.prior()).bitsPerDim(image, 45, 0),
          "bits per dimension, from step t = 0: the prior gives");
    }
  }

  @ParameterizedTest
  @MethodSource("spoiltScores")
  void ascentsNameTheStepAndTheModel(String tensor, long element, double value, String said) {
    try (RandomPipeline pipeline = spoilt(tensor, element, value);
        MagnitudeSpectrum spectrum =
            MagnitudeSpectrum.of(List.of(Tensors.zeros(3, SIZE, SIZE)).iterator())) {
      String expected = "step 0 of the ascent: " + said;
      List<Ascent> ascents =
          List.of(
              new PixelAscent(pipeline.score(), SIZE),
              new FourierAscent(pipeline.score(), SIZE, 4),
              new MacoAscent(pipeline.score(), spectrum, SIZE));
      for (Ascent ascent : ascents) {
        assertStops(() -> ascent.synthesize(45, 0), expected);
      }
      try (VitalReferences references =
          VitalReferences.of(pipeline.score(), Tensors.zeros(2, 3, SIZE, SIZE), 1)) {
        assertStops(
            () -> new VitalAscent(references, SIZE).synthesize(45, 0),
            "step 0 of the ascent: the gradient of what is climbed is not finite");
      }
    }
  }

  private static RandomPipeline spoilt(String tensor, long element, double value) {
    return RandomPipeline.open(
        RandomPipeline.Size.TINY,
        NoiseSchedule.linear(1000).respaced("10"),
        store -> new SpoiltStore(store, tensor, element, value));
  }

  // ---- guidance

  static Stream<Arguments> overflowing() {
    return Stream.of(
            new AncestralStep(),
            new DdimStep(0),
            new DdimStep(1),
            new DpmSolver(),
            new HeunStep(),
            new LcmStep())
        .flatMap(
            form ->
                Stream.of(
                    arguments(form, new Guidance.Tilt(1e38, MAXIMIZE, Strength.FULL)),
                    arguments(form, new Guidance.Constant(1e38, MAXIMIZE, Strength.FULL))));
  }

  @ParameterizedTest
  @MethodSource("overflowing")
  void guidanceBeyondAllNumbersIsCalledThat(ReverseStep form, Guidance guidance) {
    Score steep = images -> Tensors.sum(Tensors.scale(images, 1e6), 1, 2, 3);
    try (GaussianPrior prior = gaussian()) {
      assertStops(
          () -> new GuidedSampler(prior, steep, guidance, form).run(45, 0),
          "step t = 9: guidance by a factor of 1.000e+38 moves pixels beyond all numbers: lower"
              + " `beta` or `scale`");
      if (guidance instanceof Guidance.Tilt tilt) {
        assertStops(
            () -> new TwistedSampler(prior, steep, tilt, 2, Batching.together(2)).run(45),
            "step t = 9: guidance moves pixels beyond all numbers: lower `beta`");
      }
    }
  }

  @Test
  void aModelThatIsAskedOfPixelsFarOutsideIsNotBlamedForIt() {
    try (RandomPipeline pipeline =
        RandomPipeline.open(RandomPipeline.Size.TINY, NoiseSchedule.linear(1000).respaced("10"))) {
      assertThatThrownBy(
              () -> pipeline.sampler(new Guidance.Tilt(1e30, MAXIMIZE, Strength.FULL)).run(45, 0))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageMatching("step t = \\d: .* for pixels of up to .*: lower `beta` or `scale`");
    }
  }

  @Test
  void aGradientWithoutBoundsIsCalledThat() {
    // The slope of a root is infinite at 0.
    Score root = images -> Tensors.sum(images.sub(images).abs().sqrt(), 1, 2, 3);
    try (GaussianPrior prior = gaussian()) {
      Guidance tilt = new Guidance.Tilt(1, MAXIMIZE, Strength.FULL);
      assertStops(
          () -> new GuidedSampler(prior, root, tilt, new AncestralStep()).run(45, 0),
          "step t = 9: the gradient of the score is not finite");
    }
  }

  private static GaussianPrior gaussian() {
    return new GaussianPrior(
        NoiseSchedule.linear(1000).respaced("10"),
        Tensors.zeros(1, 4, 4),
        Tensors.full(1, 1, 4, 4));
  }

  // ---- what is finite

  @Test
  void largeNumbersAreFiniteWhateverTheirSum() {
    assertThat(Tensors.allFinite(Tensors.full(3e38, 4, 2))).isTrue();
    float[] values = {1, 2, Float.NaN, 4, 5, Float.NEGATIVE_INFINITY, 3e38f, 3e38f};
    Tensor rows = Tensors.floats(values, 4, 2);
    assertThat(Tensors.allFinite(rows)).isFalse();
    assertThat(Tensors.finiteRows(rows)).containsExactly(0, 3);
    assertThat(Tensors.finiteRows(rows.narrow(0, 3, 1))).containsExactly(0);
  }
}
