package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.models.Inspection;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AutoencoderKl;
import org.tiltlens.unet.AutoencoderKlConfig;
import org.tiltlens.unet.DiffusersAutoencoder;

class AutoencoderTrainingTest {
  @TempDir private Path folder;

  private AutoencoderReport train(double rate, int steps) throws IOException {
    TrainingRun run = TinyTrainings.run(folder, rate, steps, false, TrainingProgress.SILENT);
    return (AutoencoderReport) TinyTrainings.latents().run(run);
  }

  /** The held-out images in the order in which they are shown. */
  private static Tensor images() {
    LabelledImages all = TinyTrainings.heldOut();
    long[] order = Noise.permutation(7, RandomStream.COMPARED, 0, all.size());
    LabelledImages shown = all.select(all.size(), i -> (int) order[i]);
    return Batches.plain(shown, 0, all.size(), Device.CPU);
  }

  /**
   * An answer that knows what all images have in common, and nothing of the one it is asked for.
   */
  private static double errorOfTheMeanImage() {
    LabelledImages known = TinyTrainings.images();
    Tensor mean = Tensors.mean(Batches.plain(known, 0, known.size(), Device.CPU), 0);
    return images().sub(mean).abs().mean().item_double();
  }

  @Test
  void trainingComesNearerThanTheMeanImage() throws IOException {
    AutoencoderReport report = train(1e-2, 150);
    try (Scope scope = Scope.open()) {
      assertThat(report.reconstructions().reconstructionError())
          .isLessThan(0.7 * errorOfTheMeanImage());
    }
    assertThat(report.summary()).startsWith("autoencoder: 150 steps in ");
  }

  @Test
  void theReadersAutoencoderHasTheReportsNumbers() throws IOException {
    AutoencoderReport report = train(1e-2, 40);
    ReconstructionReport said = report.reconstructions();
    DiffusersAutoencoder there = DiffusersAutoencoder.in(folder).orElseThrow();
    assertThat(there.factor()).isEqualTo(report.scalingFactor());
    try (Autoencoder read = there.load(Device.CPU);
        TensorStore store = Checkpoints.open(there.weights());
        AutoencoderKl network = AutoencoderKl.load(store, there.groups(), Device.CPU);
        Scope scope = Scope.open()) {
      Tensor x = images();
      Tensor latents = read.encode(x);
      double[] real = Tensors.toDoubles(x);
      double[] made = Tensors.toDoubles(read.decode(latents));
      int numbers = 3 * 16 * 16;
      double error = 0;
      double decibels = 0;
      for (int n = 0; n < 16; n++) {
        double square = 0;
        for (int i = n * numbers; i < (n + 1) * numbers; i++) {
          error += Math.abs(real[i] - made[i]) / real.length;
          square += (real[i] - made[i]) * (real[i] - made[i]) / numbers;
        }
        decibels += 10 * Math.log10(4 / square) / 16;
      }
      assertThat(said.heldOutImages()).isEqualTo(16);
      assertThat(said.reconstructionError()).isCloseTo(error, within(1e-5));
      assertThat(said.psnr()).isCloseTo(decibels, within(1e-3));
      AutoencoderKl.Posterior posterior = network.encode(x);
      double[] mean = Tensors.toDoubles(posterior.mean());
      double[] log = Tensors.toDoubles(posterior.logVariance());
      double kl = 0;
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < mean.length; i++) {
        kl += (mean[i] * mean[i] + Math.exp(log[i]) - 1 - log[i]) / 2 / mean.length;
        sum += mean[i] / mean.length;
        squares += (mean[i] * mean[i] + Math.exp(log[i])) / mean.length;
      }
      assertThat(said.klPerLatent()).isCloseTo(kl, within(1e-4 * kl));
      assertThat(said.latentDeviation()).isCloseTo(Math.sqrt(squares - sum * sum), within(1e-5));
      assertThat(report.scalingFactor()).isCloseTo(1 / said.latentDeviation(), within(1e-12));
      double[] scaled = Tensors.toDoubles(latents);
      for (int i = 0; i < mean.length; i++) {
        assertThat(scaled[i]).isCloseTo(report.scalingFactor() * mean[i], within(1e-4));
      }
    }
  }

  /** By the formulas of two points each, in means of 2 x 2 pixels. */
  @Test
  void distancesOfTwoReconstructionsByHand() throws IOException {
    ReconstructionReport said = train(1e-2, 20).reconstructions();
    try (Autoencoder read = DiffusersAutoencoder.in(folder).orElseThrow().load(Device.CPU);
        Scope scope = Scope.open()) {
      Tensor x = images();
      Tensor y = read.decode(read.encode(x));
      double[][] made = rows(y, 0);
      double[][] own = rows(x, 0);
      double[][] others = rows(x, 2);
      assertThat(said.compared()).isEqualTo(2);
      assertThat(said.frechetDistance())
          .isCloseTo(SampleDistanceTest.distanceOfPairs(made, others), within(1e-3));
      assertThat(said.heldOutFrechetDistance())
          .isCloseTo(SampleDistanceTest.distanceOfPairs(own, others), within(1e-3));
      assertThat(said.kernelDistance()).isCloseTo(kernelDistance(made, others), within(1e-4));
      assertThat(said.heldOutKernelDistance()).isCloseTo(kernelDistance(own, others), within(1e-4));
    }
    assertThat(Files.readString(folder.resolve("training.json")))
        .contains("\"psnr\"", "\"kl_per_latent\"", "\"scaling_factor\"", "\"kernel_distance\"");
  }

  private static double[][] rows(Tensor images, int from) {
    return new double[][] {
      SampleDistanceTest.averaged(images.select(0, from)),
      SampleDistanceTest.averaged(images.select(0, from + 1))
    };
  }

  private static double kernelDistance(double[][] a, double[][] b) {
    double across = 0;
    for (double[] x : a) {
      for (double[] y : b) {
        across += kernel(x, y) / 4;
      }
    }
    return kernel(a[0], a[1]) + kernel(b[0], b[1]) - 2 * across;
  }

  private static double kernel(double[] x, double[] y) {
    double product = 0;
    for (int i = 0; i < x.length; i++) {
      product += x[i] * y[i] / x.length;
    }
    return Math.pow(product + 1, 3);
  }

  @Test
  void eachImageStandsAboveItsReconstruction() throws IOException {
    train(1e-2, 3);
    var picture = ImageIO.read(folder.resolve("reconstructions.png").toFile());
    assertThat(picture.getWidth()).isEqualTo(8 * 16);
    assertThat(picture.getHeight()).isEqualTo(4 * 16);
    try (Autoencoder read = DiffusersAutoencoder.in(folder).orElseThrow().load(Device.CPU);
        Scope scope = Scope.open()) {
      Tensor x = images();
      Tensor y = read.decode(read.encode(x));
      var real = Images.toImage(x.select(0, 9));
      var made = Images.toImage(y.select(0, 9));
      for (int column = 0; column < 16; column++) {
        assertThat(picture.getRGB(16 + column, 2 * 16 + 5)).isEqualTo(real.getRGB(column, 5));
        for (int channel = 0; channel < 24; channel += 8) {
          int there = picture.getRGB(16 + column, 3 * 16 + 5) >> channel & 0xFF;
          int expected = made.getRGB(column, 5) >> channel & 0xFF;
          assertThat(there).isCloseTo(expected, within(1));
        }
      }
    }
  }

  @Test
  void inspectSaysWhatItIsAndNoPriorIsMadeOfItAlone() throws IOException {
    train(1e-2, 1);
    for (Path path : List.of(folder, folder.resolve("vae"))) {
      Inspection seen = Inspection.of(path);
      assertThat(seen.problem()).isNull();
      assertThat(seen.architecture())
          .isEqualTo(
              "AutoencoderKL of 2 channels, downsampling 2, which has no prior of its latents"
                  + " beside it");
      assertThat(seen.metadata()).containsEntry("format", "pt");
      try (ModelShelf shelf = new ModelShelf()) {
        assertThatThrownBy(
                () -> shelf.prior(path.toString(), Map.of(), NoiseSchedule.linear(100), Device.CPU))
            .hasMessageContaining("is an autoencoder of latents alone");
      }
    }
  }

  @Test
  void halvesCanBeOfAnyDepth() {
    try (Scope scope = Scope.open()) {
      AutoencoderKlConfig deep = new AutoencoderKlConfig(List.of(4, 4, 8, 8), 2, 3, 4);
      AutoencoderSettings settings = AutoencoderSettings.of(deep);
      TrainingRun run = TinyTrainings.run(folder, 1e-3, 1, false, TrainingProgress.SILENT);
      AutoencoderTask task =
          new AutoencoderTask(settings, Optional.empty(), TinyTrainings.images(), run);
      Map<String, Tensor> weights = new LinkedHashMap<>();
      task.shapes().keySet().forEach(name -> weights.put(name, task.initial(name)));
      var network = new AutoencoderKl(deep, Weights.of(weights));
      assertThat(network.downsampling()).isEqualTo(8).isEqualTo(deep.downsampling());
      AutoencoderKl.Posterior posterior = network.encode(Tensors.zeros(1, 3, 16, 16));
      assertThat(Tensors.shape(posterior.mean())).containsExactly(1, 3, 2, 2);
      assertThat(Tensors.shape(network.decode(posterior.mean()))).containsExactly(1, 3, 16, 16);
      assertThat(weights)
          .containsKeys(
              "encoder.down_blocks.2.resnets.0.conv_shortcut.weight",
              "decoder.up_blocks.3.resnets.2.conv2.weight",
              "decoder.up_blocks.2.resnets.0.conv_shortcut.weight");
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    List<String> messages = new ArrayList<>();
    messages.add(message(() -> new AutoencoderKlConfig(List.of(), 1, 4, 4)));
    messages.add(message(() -> new AutoencoderKlConfig(List.of(8, 10), 1, 4, 4)));
    messages.add(message(() -> new AutoencoderKlConfig(List.of(8), 0, 4, 4)));
    messages.add(message(() -> new AutoencoderKlConfig(List.of(8), 1, 0, 4)));
    messages.add(
        message(() -> new AutoencoderSettings(TinyTrainings.AUTOENCODER, Double.NaN, false)));
    messages.add(message(() -> new Comparison(1, ImageFeatures.pixels())));
    assertThat(messages)
        .containsExactly(
            "levels: 0, must be 1 to 8",
            "channels: 10, must be a multiple of the 4 groups of its norms, at most 4096",
            "residual blocks: 0, must be 1 to 16",
            "latent channels: 0, must be 1 to 512",
            "KL weight: NaN, must be in [0, 1000]",
            "compared images: 1, must be 0 or at least 2, which a covariance needs");
    AutoencoderKlConfig quarter = new AutoencoderKlConfig(List.of(4, 4, 4), 1, 4, 4);
    LabelledImages odd = new Stripes(20, 10, 1);
    assertThatThrownBy(
            () ->
                AutoencoderTraining.run(
                    AutoencoderSettings.of(quarter),
                    Optional.empty(),
                    new Comparison(0, ImageFeatures.pixels()),
                    odd,
                    odd,
                    TinyTrainings.run(folder, 1e-3, 1, false, TrainingProgress.SILENT)))
        .hasMessageContaining("10 pixels, must be a multiple of 4");
    assertThat(folder).isEmptyDirectory();
  }

  private static String message(Runnable action) {
    try {
      action.run();
      return "none";
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  @Test
  void withoutComparisonThereIsNoDistance() throws IOException {
    LabelledImages one = TinyTrainings.heldOut().range(0, 1);
    AutoencoderReport report =
        AutoencoderTraining.run(
            AutoencoderSettings.of(TinyTrainings.AUTOENCODER),
            Optional.empty(),
            Comparison.DEFAULT,
            TinyTrainings.images(),
            one,
            TinyTrainings.run(folder, 1e-3, 1, false, TrainingProgress.SILENT));
    assertThat(report.reconstructions().compared()).isZero();
    assertThat(report.reconstructions().frechetDistance()).isNull();
    assertThat(report.summary()).doesNotContain("Frechet");
  }
}
