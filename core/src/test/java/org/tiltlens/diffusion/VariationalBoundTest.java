package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Bits per dimension against the density of a normal distribution, whose bound is tight. */
@Tag("rounding")
class VariationalBoundTest {
  private static final int SIDE = 16;
  private static final double VARIANCE = 0.04;
  private static final double MEAN = 0.1;

  private Scope scope;
  private GaussianPrior prior;
  private VariationalBound bound;

  @BeforeEach
  void open() {
    scope = Scope.open();
    // A first step well above the distance of two levels, so that the last term is a density's.
    prior =
        new GaussianPrior(
            NoiseSchedule.named("linear", 1000).respaced("100"),
            Tensors.full(MEAN, 3, SIDE, SIDE),
            Tensors.full(VARIANCE, 3, SIDE, SIDE));
    bound = new VariationalBound(prior);
  }

  @AfterEach
  void close() {
    prior.close();
    scope.close();
  }

  /** An image of the prior on 256 levels. */
  private static Tensor image(long seed) {
    Tensor noise = Noise.normal(seed, 0, 0, 1, 3, SIDE, SIDE);
    Tensor image = Tensors.plus(Tensors.scale(noise, Math.sqrt(VARIANCE)), MEAN);
    Tensor levels = Tensors.scale(Tensors.plus(Tensors.clamp(image, -1, 1), 1), 127.5).round();
    return Tensors.plus(Tensors.scale(levels, 1 / 127.5), -1);
  }

  /** {@code -log2} of the probability that N(mean, variance) puts on the levels, per dimension. */
  private static double exact(Tensor image) {
    double nats = 0;
    double[] values = Tensors.toDoubles(Tensors.float64(image));
    for (double x : values) {
      double density =
          -0.5 * Math.log(2 * Math.PI * VARIANCE) - (x - MEAN) * (x - MEAN) / (2 * VARIANCE);
      nats -= density + Math.log(2.0 / 255);
    }
    return nats / values.length / Math.log(2);
  }

  @Test
  void isTheExactDensityWhereTheReverseDiffusionIsExact() {
    double difference = 0;
    int draws = 40;
    for (int i = 0; i < draws; i++) {
      Tensor image = image(i);
      difference += bound.bitsPerDim(image, 7, i) - exact(image);
    }
    // The mean over draws of noise; one draw of 768 dimensions deviates by about 0.03.
    assertThat(difference / draws).isCloseTo(0, within(0.02));
  }

  @Test
  void surprisingImagesHaveMoreBits() {
    Tensor usual = Tensors.full(MEAN, 1, 3, SIDE, SIDE);
    Tensor odd = Tensors.full(MEAN + 4 * Math.sqrt(VARIANCE), 1, 3, SIDE, SIDE);
    double more = bound.bitsPerDim(odd, 7, 0) - bound.bitsPerDim(usual, 7, 0);
    // Four standard deviations: 16 / 2 nats.
    assertThat(more).isCloseTo(8 / Math.log(2), within(0.2));
  }

  @Test
  void stoppedAndContinuedIsTheSame() {
    Tensor image = image(1);
    VariationalBound.Partial partial = VariationalBound.Partial.NONE;
    for (int group = 0; group < 4; group++) {
      partial = bound.advance(partial, image, 3, 5);
    }
    assertThat(partial.terms()).isEqualTo(40);
    partial = new VariationalBound.Partial(partial.terms(), partial.nats(), partial.lastNats());
    while (!bound.isDone(partial)) {
      partial = bound.advance(partial, image, 3, 5);
    }
    assertThat(bound.bits(partial, image, 3, 5)).isEqualTo(bound.bits(image, 3, 5));
    assertThat(bound.bitsPerDim(image, 3, 6)).isNotEqualTo(bound.bitsPerDim(image, 3, 5));
  }

  @Test
  void isOfTheImageAsAPngHoldsIt() {
    Tensor image = image(2);
    Tensor unrounded = Tensors.plus(image, 0.4 / 127.5);
    assertThat(bound.bitsPerDim(unrounded, 3, 5)).isEqualTo(bound.bitsPerDim(image, 3, 5));
  }

  @Test
  void levelsSpreadOverTheirWidthsHaveTheSameBits() {
    VariationalBound spread = VariationalBound.dequantised(prior);
    double difference = 0;
    int draws = 40;
    for (int i = 0; i < draws; i++) {
      Tensor image = image(i);
      difference += spread.bitsPerDim(image, 7, i) - exact(image);
    }
    assertThat(difference / draws).isCloseTo(0, within(0.02));
    assertThat(spread.bitsPerDim(image(0), 7, 0)).isNotEqualTo(bound.bitsPerDim(image(0), 7, 0));
  }

  @Test
  void theLastTwoTermsAreToldApart() {
    GaussianPrior inTwoSteps =
        new GaussianPrior(
            NoiseSchedule.named("linear", 1000).respaced("2"),
            Tensors.full(MEAN, 3, SIDE, SIDE),
            Tensors.full(VARIANCE, 3, SIDE, SIDE));
    try (inTwoSteps) {
      VariationalBound.Bits two = new VariationalBound(inTwoSteps).bits(image(1), 3, 5);
      // But for what is left of the image behind the last step, which is next to nothing.
      assertThat(two.last()).isCloseTo(two.all(), within(1e-3)).isLessThan(two.all());
    }
    VariationalBound.Bits bits = bound.bits(image(1), 3, 5);
    assertThat(bits.last()).isPositive().isLessThan(bits.all() - 0.1);
  }
}
