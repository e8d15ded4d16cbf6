package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.HookPoint;

class TrainingTest {
  @TempDir private Path folder;

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of("prior", TinyTrainings.prior(), List.of(PriorTraining.FILE)),
        Arguments.of(
            "latents",
            TinyTrainings.latents(),
            List.of("vae/diffusion_pytorch_model.safetensors", "vae/config.json")),
        Arguments.of(
            "latents seen by a network",
            TinyTrainings.seenLatents(),
            List.of("vae/diffusion_pytorch_model.safetensors")),
        Arguments.of(
            "vision",
            TinyTrainings.vision(),
            List.of(VisionTraining.FILE, VisionTraining.HEAD_FILE)),
        Arguments.of(
            "transcoder",
            TinyTrainings.transcoder(0),
            List.of("sae_weights.safetensors", "config.json")),
        Arguments.of(
            "autoencoder", TinyTrainings.autoencoder(), List.of("sae_weights.safetensors")));
  }

  /** With one whose loss, of images that are mixed anew in every step, falls slowly. */
  static Stream<Arguments> resumed() {
    return Stream.concat(
        kinds(),
        Stream.of(
            Arguments.of(
                "vision of few images",
                TinyTrainings.photographs(new EarlyStop(0.2, 2, 99)),
                List.of(VisionTraining.FILE, VisionTraining.HEAD_FILE))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("resumed")
  @Tag("rounding")
  void killedAndResumedEndsBitForBitAsUninterrupted(
      String name, TinyTrainings.Kind kind, List<String> files) throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    kind.run(TinyTrainings.run(whole, 1e-3, 5, false, TrainingProgress.SILENT));
    // The third step's checkpoint is never written.
    assertThatThrownBy(
            () ->
                kind.run(
                    TinyTrainings.run(
                        parts,
                        1e-3,
                        5,
                        false,
                        (steps, seconds, loss) -> {
                          if (steps == 3) {
                            throw new IllegalStateException("killed");
                          }
                        })))
        .hasMessage("killed");
    List<Long> heard = new ArrayList<>();
    kind.run(TinyTrainings.run(parts, 1e-3, 5, true, (steps, s, loss) -> heard.add(steps)));
    assertThat(heard).containsExactly(3L, 4L, 5L);
    for (String file : files) {
      assertThat(parts.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  @Test
  void cancelledAndResumedEndsBitForBitAsUninterrupted() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    TinyTrainings.Kind kind = TinyTrainings.vision();
    kind.run(TinyTrainings.run(whole, 1e-3, 5, false, TrainingProgress.SILENT));
    List<Long> heard = new ArrayList<>();
    TrainingProgress cancelling =
        new TrainingProgress() {
          @Override
          public void stepped(long steps, double seconds, double loss) {
            heard.add(steps);
          }

          @Override
          public boolean cancelled() {
            return heard.size() == 3;
          }
        };
    // No checkpoint is due before the cancel.
    TrainingRun run =
        TinyTrainings.checkpointEvery(
            TinyTrainings.run(parts, 1e-3, 5, false, cancelling), Duration.ofDays(1));
    assertThatThrownBy(() -> kind.run(run)).isInstanceOf(CancelledException.class);
    kind.run(TinyTrainings.run(parts, 1e-3, 5, true, (steps, s, loss) -> heard.add(steps)));
    assertThat(heard).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(parts.resolve(VisionTraining.FILE))
        .hasSameBinaryContentAs(whole.resolve(VisionTraining.FILE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void trainingLowersTheLoss(String name, TinyTrainings.Kind kind, List<String> files)
      throws IOException {
    List<Double> losses = new ArrayList<>();
    kind.run(TinyTrainings.run(folder, 3e-3, 30, false, (n, s, loss) -> losses.add(loss)));
    double first = losses.subList(0, 5).stream().mapToDouble(l -> l).average().orElseThrow();
    double last = losses.subList(25, 30).stream().mapToDouble(l -> l).average().orElseThrow();
    assertThat(last).isLessThan(0.8 * first);
  }

  @Test
  void classifierLearnsWhichWayStripesLie() throws IOException {
    TrainingRun run = TinyTrainings.run(folder, 1e-2, 60, false, TrainingProgress.SILENT);
    VisionReport report = (VisionReport) TinyTrainings.vision().run(run);
    assertThat(report.testAccuracy()).isGreaterThan(0.9);
    assertThat(report.testImages()).isEqualTo(16);
    assertThat(Files.readString(run.report())).contains("\"test_accuracy\"");
    try (TensorStore store = Checkpoints.open(folder.resolve(VisionTraining.FILE));
        ConvNext model = ConvNext.open(store, Device.CPU)) {
      assertThat(model.config()).isEqualTo(TinyTrainings.NETWORK);
    }
  }

  @Test
  void priorsFileTellsAllItsOptions() throws IOException {
    TinyTrainings.prior().run(TinyTrainings.run(folder, 1e-3, 2, false, TrainingProgress.SILENT));
    try (TensorStore store = Checkpoints.open(folder.resolve(PriorTraining.FILE))) {
      var config = AdmCheckpoint.recognise(store, store.metadata());
      assertThat(config).isEqualTo(TinyTrainings.unet(16, 2));
      var options = AdmCheckpoint.options(config, store.metadata());
      AdmUnet unet = AdmUnet.load(store, config, Device.CPU);
      var schedule = PriorSettings.of(config).schedule().respaced("4");
      try (Prior prior = new DiffusionPrior(unet, schedule, options);
          Scope scope = Scope.open()) {
        assertThat(prior.imageShape()).containsExactly(3, 16, 16);
        Tensor mean = prior.predict(Tensors.zeros(1, 3, 16, 16), 2).mean();
        assertThat(Tensors.shape(mean)).containsExactly(1, 3, 16, 16);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void dictionaryFolderReproducesItsReport(StoredType type) throws IOException {
    DictionaryReport report =
        (DictionaryReport)
            TinyTrainings.transcoder(0)
                .run(
                    TinyTrainings.stored(
                        TinyTrainings.run(folder, 1e-2, 60, false, TrainingProgress.SILENT), type));
    assertThat(report.explainedVariance()).isGreaterThan(0.3);
    assertThat(report.l0()).isBetween(1.0, 8.0);
    assertThat(report.frequency()).hasSize(64);
    try (SparseDictionary dictionary = SparseDictionary.open(folder, Device.CPU);
        ConvNext model = TinyTrainings.model();
        Scope scope = Scope.open()) {
      LabelledImages images = TinyTrainings.heldOut();
      Tensor x = Batches.plain(images, 0, images.size(), Device.CPU);
      Tensor codes = dictionary.encode(model.activations(x, dictionary.hookPoint()));
      HookPoint out = HookPoint.parse(dictionary.config().hookPointOut());
      Tensor y = model.activations(x, out);
      double[] target = Tensors.toDoubles(y.permute(0, 2, 3, 1));
      double[] error = Tensors.toDoubles(y.sub(dictionary.decode(codes)).permute(0, 2, 3, 1));
      int channels = dictionary.channels();
      double[] mean = new double[channels];
      int positions = target.length / channels;
      for (int i = 0; i < target.length; i++) {
        mean[i % channels] += target[i] / positions;
      }
      double unexplained = 0;
      double variance = 0;
      for (int i = 0; i < target.length; i++) {
        unexplained += error[i] * error[i];
        variance += Math.pow(target[i] - mean[i % channels], 2);
      }
      assertThat(1 - unexplained / variance).isCloseTo(report.explainedVariance(), within(1e-4));
      double active = Tensors.float64(codes.sign()).sum().item_double();
      assertThat(active / positions).isCloseTo(report.l0(), within(1e-6));
    }
  }

  @Test
  void dictionaryStopsAtTheExplainedVarianceWanted() throws IOException {
    TrainingReport report =
        TinyTrainings.transcoder(0.05)
            .run(TinyTrainings.run(folder, 1e-2, 600, false, TrainingProgress.SILENT));
    assertThat(report.steps()).isEqualTo(250);
  }

  @Test
  void otherSettingsAreNamedAndRefused() throws IOException {
    TinyTrainings.Kind kind = TinyTrainings.vision();
    kind.run(TinyTrainings.run(folder, 1e-3, 1, false, TrainingProgress.SILENT));
    assertThatThrownBy(
            () -> kind.run(TinyTrainings.run(folder, 2e-3, 2, true, TrainingProgress.SILENT)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("begun with learning rate 0.001 and cannot go on with 0.002");
    assertThatThrownBy(
            () -> kind.run(TinyTrainings.run(folder, 1e-3, 2, false, TrainingProgress.SILENT)))
        .hasMessageContaining("give `resume` to go on");
  }

  @Test
  void divergenceIsSaidAtOnce() {
    assertThatThrownBy(
            () ->
                TinyTrainings.vision()
                    .run(
                        new TrainingRun(
                            folder,
                            new TrainingSettings(1, 8, 9, 9, 0, 0, 0, 0),
                            Budget.steps(200),
                            false,
                            java.time.Duration.ofHours(1),
                            1,
                            Device.CPU,
                            StoredType.F32,
                            TrainingProgress.SILENT)))
        .hasMessageContaining("lower `learningRate`");
  }
}
