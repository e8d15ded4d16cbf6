package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.LatentPrior;
import org.tiltlens.diffusion.LinearAutoencoder;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.GaussianMixture;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A normal distribution of latents, a linear decoder and a linear score of pixels: the score is
 * linear in the latent too, so that its tilt is known.
 */
class LatentTiltTest {
  private static final int SIDE = 4;
  private static final LinearAutoencoder DECODER =
      new LinearAutoencoder(new double[] {0.7, -0.4, 1.1}, 0.3);
  private static final double BETA = 1.5;

  private Scope scope;
  private double[] pixels;
  private double constant;
  private TiltOracle oracle;
  private Prior prior;

  @BeforeEach
  void open() {
    scope = Scope.open();
    GaussianMixture p = TiltOracle.random(SIDE * SIDE, 1, 1).p();
    double[] v = new Random(3).doubles(3 * 4 * SIDE * SIDE, -1, 1).toArray();
    double[] w = DECODER.adjoint(v, SIDE);
    double spread =
        Math.sqrt(
            IntStream.range(0, w.length).mapToDouble(d -> w[d] * w[d] * p.variances()[0][d]).sum());
    pixels = Arrays.stream(v).map(each -> each / spread).toArray();
    constant = DECODER.offset() * DoubleStream.of(pixels).sum();
    oracle = new TiltOracle(p, DECODER.adjoint(pixels, SIDE), new long[] {1, SIDE, SIDE});
    prior = new LatentPrior(oracle.prior(OracleRuns.STEPS), DECODER);
  }

  @AfterEach
  void close() {
    prior.close();
    scope.close();
  }

  private Score score() {
    return images ->
        Tensors.sum(
            images.mul(Tensors.doubles(pixels, 1, 3, 2 * SIDE, 2 * SIDE).to(images)), 1, 2, 3);
  }

  private static Guidance.Tilt tilt(double beta) {
    return new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
  }

  @Test
  void theScoreOfADecodedLatentIsLinearInIt() {
    Tensor z = Noise.normal(5, 0, 0, 2, 1, SIDE, SIDE);
    double[] decoded = Tensors.toDoubles(score().of(prior.decode(z)));
    double[] linear = Tensors.toDoubles(oracle.score().of(z));
    for (int i = 0; i < decoded.length; i++) {
      assertThat(decoded[i]).isCloseTo(linear[i] + constant, within(1e-4));
    }
  }

  @Test
  void guidedSamplesHaveTheTiltsMeanAndItsPathKl() {
    GuidedSampler sampler = new GuidedSampler(prior, score(), tilt(BETA), new AncestralStep());
    Integer[] samples = IntStream.range(0, 800).boxed().toArray(Integer[]::new);
    try (Trajectory drawn = sampler.run(7, samples)) {
      Estimate mean = Estimate.ofMean(Tensors.toDoubles(score().of(prior.decode(drawn.x()))));
      double exact = oracle.mean(BETA) + constant;
      double slack = 4 * mean.standardError() + 0.02 * BETA;
      assertThat(mean.value()).isCloseTo(exact, within(slack));
      Estimate kl =
          Estimate.ofMean(drawn.pathKl().stream().mapToDouble(Double::doubleValue).toArray());
      // 8 % for a hundred steps, of which there are few where guidance is strongest.
      assertThat(kl.value()).isCloseTo(oracle.kl(BETA), within(0.08 * oracle.kl(BETA)));
      assertThat(drawn.pathKl().get(0)).isCloseTo(ofTheLinearScore(), within(1e-3));
    }
  }

  /** The first sample's path KL where the latents are scored themselves. */
  private double ofTheLinearScore() {
    try (Prior latents = oracle.prior(OracleRuns.STEPS);
        Trajectory alone =
            new GuidedSampler(latents, oracle.score(), tilt(BETA), new AncestralStep()).run(7, 0)) {
      return alone.pathKl().get(0);
    }
  }

  @Test
  void aSynthesizedImageIsThePixelsOfItsLatentClipped() {
    GuidedSampler sampler = new GuidedSampler(prior, score(), tilt(BETA), new AncestralStep());
    try (Trajectory drawn = sampler.run(7, 2)) {
      Tensor image = sampler.synthesize(7, 2);
      assertThat(Tensors.shape(image)).containsExactly(1, 3, 2 * SIDE, 2 * SIDE);
      assertThat(image.equal(Tensors.clamp(DECODER.decode(drawn.x()), -1, 1))).isTrue();
    }
  }

  /** Each gradient is taken through the decoder: of a linear one it is that of the linear score. */
  @Test
  void gradientsGoThroughTheDecoder() {
    Tensor z = Noise.normal(5, 0, 0, 3, 1, SIDE, SIDE);
    for (ScoreGradient form :
        new ScoreGradient[] {
          new ScoreGradient.ThroughPrior(),
          new ScoreGradient.CleanEstimate(),
          new ScoreGradient.Smoothed(2)
        }) {
      Objective objective = new Objective.Maximize();
      Tensor through =
          form.of(
                  new ScoreGradient.Point(prior, score(), objective, z, 30),
                  BETA,
                  n -> Noise.normal(9, 0, 0, 3, n, 1, SIDE, SIDE))
              .gradient();
      Tensor alone =
          form.of(
                  new ScoreGradient.Point(
                      oracle.prior(OracleRuns.STEPS), oracle.score(), objective, z, 30),
                  BETA,
                  n -> Noise.normal(9, 0, 0, 3, n, 1, SIDE, SIDE))
              .gradient();
      assertThat(through.sub(alone).abs().max().item_double()).as("%s", form).isLessThan(1e-4);
    }
  }

  @Test
  void twistedSamplesAreTheTilt() {
    TwistedSampler sampler =
        new TwistedSampler(prior, score(), tilt(BETA), 1024, Batching.together(1024));
    try (TwistedSamples drawn = sampler.run(3)) {
      assertThat(Tensors.shape(drawn.x())).containsExactly(1024, 1, SIDE, SIDE);
      assertTilt(drawn.estimate());
    }
  }

  @Test
  void annealedSamplesAreTheTilt() {
    PathSampler paths =
        PathSampler.of(prior, new AncestralStep(), score(), new Objective.Maximize());
    int size = 1024;
    int steps = prior.schedule().steps();
    try (Paths drawn = paths.walked(Noise.normal(2, 0, 0, size, steps + 1, 1, SIDE, SIDE));
        AnnealedSamples samples =
            new Annealing(
                    paths,
                    new Goal.Beta(BETA),
                    Annealing.Settings.usual(256),
                    Batching.together(256))
                .run(2, new Pool(paths.scores(drawn), rows -> drawn.of(Device.CPU, rows)))) {
      assertThat(Tensors.shape(samples.x())).containsExactly(256, 1, SIDE, SIDE);
      assertTilt(samples.estimate());
    }
  }

  private void assertTilt(TiltEstimate estimate) {
    // 3 % of the score's variance is what a hundred steps of the prior leave out.
    double lacking = 0.03 * BETA;
    near(estimate.mean(), oracle.mean(BETA) + constant, lacking);
    near(estimate.logZ(), oracle.logZ(BETA) + BETA * constant, lacking * BETA);
    near(estimate.kl(), oracle.kl(BETA), lacking * BETA);
  }

  private static void near(Estimate found, double exact, double lacking) {
    assertThat(found.value())
        .as("%s, exact %s", found, exact)
        .isCloseTo(exact, within(4 * found.standardError() + lacking));
  }

  /** Re-noised images of the prior have its scores still. */
  @Test
  void imagesAreReNoisedAsTheirLatents() {
    PathSampler paths =
        PathSampler.of(prior, new AncestralStep(), score(), new Objective.Maximize());
    Tensor images = DECODER.decode(Noise.normal(4, 0, 0, 3, 1, SIDE, SIDE));
    Tensor ends = paths.ends(images);
    assertThat(Tensors.shape(ends)).containsExactly(3, 1, SIDE, SIDE);
    assertThat(DECODER.decode(ends).sub(images).abs().max().item_double()).isLessThan(1e-5);
  }

  /** The bound of an exact reverse diffusion is its density's, here that of the latent. */
  @Test
  void bitsAreThoseOfTheLatentsDensity() {
    double[] above = new double[200];
    for (int i = 0; i < above.length; i++) {
      Tensor z = Tensors.scale(Noise.normal(i, 7, 0, 1, 1, SIDE, SIDE), 0.3);
      Tensor image = Tensors.clamp(DECODER.decode(z), -1, 1);
      above[i] =
          new VariationalBound(prior).bitsPerDim(image, 7, i)
              - exactBits(DECODER.encode(written(image)));
    }
    Estimate difference = Estimate.ofMean(above);
    assertThat(difference.value())
        .as("%s", difference)
        .isCloseTo(0, within(4 * difference.standardError()));
  }

  private static Tensor written(Tensor image) {
    Tensor levels = Tensors.scale(Tensors.plus(image, 1), 127.5).round();
    return Tensors.plus(Tensors.scale(levels, 1 / 127.5), -1);
  }

  private double exactBits(Tensor z) {
    double nats = 0;
    double[] values = Tensors.toDoubles(z);
    for (int d = 0; d < values.length; d++) {
      double offset = values[d] - oracle.p().means()[0][d];
      double variance = oracle.p().variances()[0][d];
      nats += (offset * offset / variance + Math.log(2 * Math.PI * variance)) / 2;
    }
    return nats / values.length / Math.log(2);
  }
}
