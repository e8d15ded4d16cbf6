package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.golden.Goldens;
import org.tiltlens.models.Inspection;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.PriorFile;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.AutoencoderKlConfig;
import org.tiltlens.unet.DiffusersAutoencoder;

class LatentPriorTrainingTest {
  private static final PriorSampling TWO = new PriorSampling(2, 3, ImageFeatures.pixels());

  @TempDir private Path folder;

  @BeforeEach
  void trainAutoencoder() throws IOException {
    autoencoder(32);
  }

  private void autoencoder(int groups) throws IOException {
    AutoencoderTraining.run(
        AutoencoderSettings.of(new AutoencoderKlConfig(List.of(32, 32), 1, 2, groups)),
        Optional.empty(),
        new Comparison(0, ImageFeatures.pixels()),
        TinyTrainings.images(),
        TinyTrainings.heldOut(),
        TinyTrainings.run(at(groups), 1e-3, 2, false, TrainingProgress.SILENT));
  }

  private Path at(int groups) {
    return folder.resolve("latents" + groups);
  }

  private static PriorSettings settings(String... options) {
    Map<String, String> all = new HashMap<>(TinyTrainings.unet(8, 1).options());
    all.putAll(Map.of("learn_sigma", "False", "in_channels", "2"));
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    return new PriorSettings(AdmUnetConfig.fromOptions(all), "cosine", 100, Predicts.V, 5, false);
  }

  private PriorReport train(PriorSettings settings, TrainingRun run) throws IOException {
    try (PriorLatents latents = PriorLatents.open(at(32), Device.CPU)) {
      return PriorTraining.run(
          settings,
          Optional.of(latents),
          TWO,
          TinyTrainings.images(),
          TinyTrainings.heldOut(),
          run);
    }
  }

  private TrainingRun run(String name, int steps, boolean resume, TrainingProgress progress) {
    return TinyTrainings.run(folder.resolve(name), 1e-3, steps, resume, progress);
  }

  /** Its file alone draws the samples that were measured. */
  @Test
  void theReadersPriorDrawsWhatTheReportMeasured() throws IOException {
    TrainingRun run = run("prior", 3, false, TrainingProgress.SILENT);
    SampleReport said = train(settings(), run).sampling();
    String name = folder.resolve("prior").toString();
    PriorFile.Trained trained = PriorFile.trained(name).orElseThrow();
    assertThat(trained.baseSteps()).isEqualTo(100);
    NoiseSchedule schedule = PriorFile.schedule(trained.schedule(), trained.baseSteps(), "3");
    try (ModelShelf shelf = new ModelShelf();
        Autoencoder autoencoder = DiffusersAutoencoder.in(at(32)).orElseThrow().load(Device.CPU);
        Scope scope = Scope.open()) {
      Prior prior = shelf.prior(name, Map.of(), schedule, Device.CPU);
      assertThat(prior.isLatent()).isTrue();
      assertThat(prior.noiseShape()).containsExactly(2, 8, 8);
      assertThat(prior.imageShape()).containsExactly(3, 16, 16);
      LabelledImages images = TinyTrainings.heldOut();
      Tensor image = images.image(0).unsqueeze(0);
      assertThat(Tensors.toFloats(prior.encode(image)))
          .containsExactly(Tensors.toFloats(autoencoder.encode(image)), within(1e-5f));
      long seed = run.settings().seed();
      long[] order = Noise.permutation(seed, RandomStream.COMPARED, 0, images.size());
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      double[][] drawn = new double[2][];
      double[][] real = new double[2][];
      for (int i = 0; i < 2; i++) {
        drawn[i] = SampleDistanceTest.averaged(sampler.sample(seed, RandomStream.FIRST_SAMPLE + i));
        real[i] = SampleDistanceTest.averaged(images.image((int) order[i]));
      }
      assertThat(said.frechetDistance())
          .isCloseTo(SampleDistanceTest.distanceOfPairs(drawn, real), within(1e-3));
    }
    Inspection seen = Inspection.of(Path.of(name));
    assertThat(seen.problem()).isNull();
    assertThat(seen.architecture())
        .contains("latent diffusion of ADM UNet")
        .contains("decoded by an AutoencoderKL of 2 channels, downsampling 2");
  }

  @Test
  @Tag("rounding")
  void killedAndResumedEndsBitForBitAsUninterrupted() throws IOException {
    train(settings(), run("whole", 4, false, TrainingProgress.SILENT));
    TrainingProgress killing =
        (steps, seconds, loss) -> {
          if (steps == 3) {
            throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(() -> train(settings(), run("parts", 4, false, killing)))
        .hasMessage("killed");
    train(settings(), run("parts", 4, true, TrainingProgress.SILENT));
    assertThat(folder.resolve("parts/prior.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/prior.safetensors"));
  }

  /** The latent of an image is its own, whatever was asked for before and however often. */
  @Test
  void latentsAreKeptAsTheyWereEncoded() throws IOException {
    LabelledImages images = TinyTrainings.images();
    try (PriorLatents latents = PriorLatents.open(at(32), Device.CPU);
        Scope scope = Scope.open()) {
      LatentCache cache = new LatentCache(images, latents, Device.CPU, 1);
      LatentCache together = new LatentCache(images, latents, Device.CPU, 3);
      int[] asked = {3, 0, 3, 3, 0, 1, 2};
      for (int again = 0; again < 2; again++) {
        List<Tensor> own = cache.of(asked, i -> i > 2);
        List<Tensor> batch = together.of(asked, i -> i > 2);
        for (int i = 0; i < asked.length; i++) {
          Tensor image = images.image(asked[i]);
          Tensor seen = (i > 2 ? image.flip(2) : image).unsqueeze(0);
          assertThat(Tensors.toFloats(own.get(i)))
              .isEqualTo(Tensors.toFloats(latents.encode(seen)));
          Goldens.assertClose(batch.get(i), own.get(i), 1e-5, "latent " + i);
        }
      }
      assertThat(Tensors.shape(cache.of(new int[] {1}, i -> true).get(0))).containsExactly(2, 8, 8);
    }
  }

  @Test
  void whatIsNoNetworkOfTheseLatentsIsRefused() throws IOException {
    TrainingRun run = run("prior", 1, false, TrainingProgress.SILENT);
    assertThatThrownBy(() -> train(settings("in_channels", "3"), run))
        .hasMessage("a network of 3 channels of 8 x 8, expected latents of 2 channels of 8 x 8");
    assertThatThrownBy(() -> train(settings("learn_sigma", "True"), run))
        .hasMessageContaining("a prior of latents has a fixed variance");
    assertThatThrownBy(() -> train(settings(), TinyTrainings.stored(run, StoredType.F16)))
        .hasMessageContaining("give f32");
    assertThatThrownBy(() -> PriorLatents.open(folder, Device.CPU))
        .hasMessageContaining("holds no autoencoder of latents");
    autoencoder(16);
    assertThatThrownBy(() -> PriorLatents.open(at(16), Device.CPU))
        .hasMessageContaining("norms of 16 groups and a shift of 0.0, expected 32 and 0");
    assertThat(folder.resolve("prior")).doesNotExist();
  }
}
