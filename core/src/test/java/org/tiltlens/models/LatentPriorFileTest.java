package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AutoencoderKl;
import org.tiltlens.unet.LatentFiles;

/** Priors of latents, opened by the names that a user gives. */
class LatentPriorFileTest {
  @TempDir private Path folder;

  private ModelShelf shelf;
  private Scope scope;

  @BeforeEach
  void open() {
    shelf = new ModelShelf();
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
    shelf.close();
  }

  private Prior prior(Path path, Map<String, String> options) {
    PriorFile.Trained trained = PriorFile.trained(path.toString()).orElseThrow();
    assertThat(trained.schedule()).isEqualTo("scaled_linear:0.0015:0.0195");
    NoiseSchedule schedule = PriorFile.schedule(trained.schedule(), trained.baseSteps(), "3");
    return shelf.prior(path.toString(), options, schedule, Device.CPU);
  }

  private static void assertDecodesScaledBy(double factor, Prior prior) {
    assertThat(prior.isLatent()).isTrue();
    Tensor z = Noise.normal(3, 0, 0, 1, prior.noiseShape()[0], 8, 8);
    try (TensorStore store = LatentGoldens.open("vae_kl.safetensors");
        AutoencoderKl alone =
            AutoencoderKl.load(
                store, LatentGoldens.integer(store, "norm_num_groups"), Device.CPU)) {
      Tensor expected = Tensors.clamp(alone.decode(Tensors.scale(z, 1 / factor)), -1, 1);
      Tensor image = prior.decode(z);
      Goldens.assertClose(image, expected, Goldens.TOLERANCE, "image");
      assertThat(prior.imageShape())
          .containsExactly(expected.size(1), expected.size(2), expected.size(3));
      Tensor mean = alone.encode(image).mean();
      Goldens.assertClose(
          prior.encode(image), Tensors.scale(mean, factor), Goldens.TOLERANCE, "latent");
    }
    assertThat(Tensors.shape(new UnguidedSampler(prior, new AncestralStep()).sample(1, 0)))
        .containsExactly(1, prior.imageShape()[0], prior.imageShape()[1], prior.imageShape()[2]);
  }

  @Test
  void aDiffusersPipelineOfLatents() {
    Prior prior = prior(LatentFiles.pipeline(folder), Map.of());
    assertDecodesScaledBy(LatentFiles.autoencoder().number("scaling_factor"), prior);
    Inspection seen = Inspection.of(folder);
    assertThat(seen.problem()).isNull();
    assertThat(seen.architecture())
        .contains("8 x 8 latents, decoded by an AutoencoderKL of " + LatentFiles.latents());
  }

  @Test
  void allItsFilesAreHashed() throws IOException {
    LatentFiles.pipeline(folder);
    assertThat(ModelFolder.files(folder).stream().map(folder::relativize).map(Path::toString))
        .contains(
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.safetensors");
  }

  @Test
  void aCheckpointOfLatentDiffusionTellsItsScheduleAndScale() {
    Prior prior = prior(LatentFiles.checkpoint(folder, 0.25), Map.of());
    assertThat(prior.noiseShape()).containsExactly(LatentFiles.latents(), 8, 8);
    assertDecodesScaledBy(0.25, prior);
  }

  @Test
  void whereItDoesNotTheScaleIsAsked() {
    Path file = LatentFiles.checkpoint(folder, null);
    assertThatThrownBy(() -> prior(file, Map.of())).hasMessageContaining("scale_factor=0.18215");
    assertThatThrownBy(() -> prior(file, Map.of("scale_factor", "0")))
        .hasMessageContaining("'0', expected a finite number other than 0");
    assertDecodesScaledBy(0.5, prior(file, Map.of("scale_factor", "0.5")));
  }

  @Test
  void latentsOfAnotherAutoencoderAreRefused() throws IOException {
    LatentFiles.pipeline(folder);
    Path config = folder.resolve("vae/config.json");
    String said = Files.readString(config);
    Files.writeString(
        config, said.replaceFirst("\"latent_channels\": \\d+", "\"latent_channels\": 77"));
    assertThatThrownBy(() -> prior(folder, Map.of()))
        .hasMessageContaining("the latent_channels of the autoencoder");
    Files.writeString(
        config, said.replaceFirst("\"scaling_factor\": [0-9.]+", "\"scaling_factor\": 0"));
    assertThatThrownBy(() -> prior(folder, Map.of())).hasMessageContaining("scaling_factor is 0");
  }
}
