package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.AutoencoderKl;
import org.tiltlens.unet.LatentFiles;
import org.tiltlens.unet.RandomUnets;
import org.tiltlens.unet.ScaledAutoencoder;

/** What every prior keeps, of pixels or of latents, of a network or in closed form. */
class PriorContractTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** What the parameter is called in a report. */
  record Kind(String name, Supplier<Prior> open) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Kind> priors() {
    return Stream.of(
        new Kind("Gaussian", () -> gaussian(3)),
        new Kind("mixture", PriorContractTest::mixture),
        new Kind("network", () -> network("in_channels", "3")),
        new Kind(
            "Gaussian latents, linear decoder",
            () ->
                new LatentPrior(
                    gaussian(1), new LinearAutoencoder(new double[] {0.5, -1, 2}, 0.1))),
        new Kind(
            "latents of a network, autoencoder",
            () ->
                new LatentPrior(
                    network("in_channels", "" + LatentFiles.latents()), autoencoder())));
  }

  private static NoiseSchedule schedule() {
    return NoiseSchedule.linear(1000).respaced("5");
  }

  private static Prior gaussian(int channels) {
    return new GaussianPrior(
        schedule(), Tensors.full(0.1, channels, 16, 16), Tensors.full(0.3, channels, 16, 16));
  }

  private static Prior mixture() {
    return new GaussianMixturePrior(
        schedule(),
        Tensors.doubles(new double[] {0.4, 0.6}, 2),
        Noise.normal(1, 0, 0, 2, 3, 16, 16),
        Tensors.full(0.3, 2, 3, 16, 16));
  }

  private static Prior network(String... changes) {
    AdmUnetConfig config = AdmUnetConfig.fromOptions(RandomUnets.options(changes));
    return new DiffusionPrior(
        RandomUnets.random(config), schedule(), DiffusionPrior.Options.LEARNED_RANGE);
  }

  private static Autoencoder autoencoder() {
    Map<String, String> said;
    try (TensorStore store = LatentGoldens.open("vae_kl.safetensors")) {
      said = store.metadata();
      int groups = Integer.parseInt(said.get("norm_num_groups"));
      double factor = Double.parseDouble(said.get("scale_factor"));
      return new ScaledAutoencoder(AutoencoderKl.load(store, groups, Device.CPU), factor, 0);
    }
  }

  private static long[] batch(long count, long... shape) {
    return Stream.of(new long[] {count}, shape).flatMapToLong(Arrays::stream).toArray();
  }

  @ParameterizedTest
  @MethodSource("priors")
  void noiseBecomesImages(Kind kind) {
    try (Prior prior = kind.open().get()) {
      Tensor noise = Noise.normal(2, 0, 0, batch(2, prior.noiseShape()));
      Prediction prediction = prior.predict(noise, prior.schedule().steps() - 1);
      for (Tensor each :
          new Tensor[] {prediction.x0Hat(), prediction.mean(), prediction.variance()}) {
        assertThat(Tensors.shape(each)).isEqualTo(Tensors.shape(noise));
      }
      Tensor images = prior.decode(prediction.x0Hat());
      assertThat(Tensors.shape(images)).isEqualTo(batch(2, prior.imageShape()));
      assertThat(Tensors.shape(prior.encode(images))).isEqualTo(Tensors.shape(noise));
    }
  }

  @ParameterizedTest
  @MethodSource("priors")
  void pixelsDecodeAsTheyAre(Kind kind) {
    try (Prior prior = kind.open().get()) {
      Tensor x = Tensors.clamp(Noise.normal(2, 0, 0, batch(1, prior.noiseShape())), -1, 1);
      if (!prior.isLatent()) {
        assertThat(prior.decode(x).equal(x)).isTrue();
        assertThat(prior.noiseShape()).isEqualTo(prior.imageShape());
        assertThat(prior.encode(x)).isSameAs(x);
      }
    }
  }

  /** Far out, where what is decoded is a picture it is limited, and has no gradient beyond. */
  @ParameterizedTest
  @MethodSource("priors")
  void theGradientBackThroughAnImageIsThatOfTheImage(Kind kind) {
    try (Prior prior = kind.open().get()) {
      Tensor x = Tensors.scale(Noise.normal(2, 0, 0, batch(2, prior.noiseShape())), 3);
      Tensor probe = Noise.normal(3, 0, 0, batch(2, prior.imageShape()));
      Tensor leaf = Autograd.leaf(x);
      Tensor through = Autograd.gradient(prior.decode(leaf).mul(probe).sum(), leaf);
      Goldens.assertClose(prior.decodeBack(x, probe), through, Goldens.TOLERANCE, "gradient");
    }
  }

  @ParameterizedTest
  @MethodSource("priors")
  @Tag("rounding")
  void samplesOfABatchDoNotMix(Kind kind) {
    try (Prior prior = kind.open().get()) {
      Tensor noise = Noise.normal(2, 0, 0, batch(3, prior.noiseShape()));
      Tensor together = prior.decode(prior.predict(noise, 2).x0Hat());
      for (int i = 0; i < 3; i++) {
        Tensor alone = prior.decode(prior.predict(noise.narrow(0, i, 1), 2).x0Hat());
        Goldens.assertClose(together.narrow(0, i, 1), alone, Goldens.TOLERANCE, "sample " + i);
      }
    }
  }

  /** By central differences along one direction, in steps that float32 resolves. */
  @ParameterizedTest
  @MethodSource("priors")
  @Tag("rounding")
  void gradientsReachTheNoiseThroughTheImage(Kind kind) {
    try (Prior prior = kind.open().get()) {
      Tensor noise = Noise.normal(2, 0, 0, batch(1, prior.noiseShape()));
      Tensor probe = Noise.normal(3, 0, 0, batch(1, prior.imageShape()));
      Tensor x = Autograd.leaf(noise);
      Tensor gradient = Autograd.gradient(probed(prior, x, probe), x);
      Tensor way = Noise.normal(4, 0, 0, batch(1, prior.noiseShape()));
      double step = 1e-2;
      double ahead = probed(prior, noise.add(Tensors.scale(way, step)), probe).item_double();
      double behind = probed(prior, noise.sub(Tensors.scale(way, step)), probe).item_double();
      double slope = gradient.mul(way).sum().item_double();
      double scale = Tensors.norm(gradient).item_double() * Tensors.norm(way).item_double();
      assertThat(Math.abs((ahead - behind) / (2 * step) - slope) / scale).isLessThan(0.02);
    }
  }

  /** At the least noise, where no clean estimate is clipped. */
  private static Tensor probed(Prior prior, Tensor x, Tensor probe) {
    return prior.decode(prior.predict(Tensors.scale(x, 0.2), 0).x0Hat()).mul(probe).sum();
  }

  @ParameterizedTest
  @MethodSource("priors")
  void aSampleIsAnImageOfItsOwnNumber(Kind kind) {
    try (Prior prior = kind.open().get()) {
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      Tensor image = sampler.sample(7, 1);
      assertThat(Tensors.shape(image)).isEqualTo(batch(1, prior.imageShape()));
      assertThat(image.equal(sampler.sample(7, 1))).isTrue();
      assertThat(image.equal(sampler.sample(7, 2))).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("priors")
  void bitsAreFiniteOfAnyImage(Kind kind) {
    try (Prior prior = kind.open().get()) {
      Tensor image =
          Tensors.clamp(
              Tensors.scale(Noise.normal(5, 0, 0, batch(1, prior.imageShape())), 0.3), -1, 1);
      assertThat(new VariationalBound(prior).bitsPerDim(image, 1, 0)).isFinite();
    }
  }
}
