package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A diffusion transformer beside its autoencoder, opened by the folder's name. */
class DitFolderTest {
  /** Of another set the latents may not fit each other. */
  private static final Path RESOURCES = Path.of("src/test/resources/goldens-latent");

  private static final NoiseSchedule STEPS = NoiseSchedule.linear(1000).respaced("4");

  @TempDir private Path folder;
  private Path network;
  private String heads;

  @BeforeEach
  void write() throws IOException {
    network = folder.resolve("DiT.safetensors");
    try (TensorStore store = Checkpoints.open(RESOURCES.resolve("dit.safetensors"));
        Scope scope = Scope.open()) {
      heads = LatentGoldens.say(store, "num_heads");
      TensorStore own = store.under("model.");
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      own.entries().keySet().forEach(name -> tensors.put(name, own.load(name)));
      SafetensorsWriter.write(network, tensors, Map.of());
    }
    Path vae = Files.createDirectory(folder.resolve("vae"));
    for (String name : new String[] {"config.json", "diffusion_pytorch_model.safetensors"}) {
      Files.copy(RESOURCES.resolve("vae_kl_diffusers").resolve(name), vae.resolve(name));
    }
  }

  private void draws(Map<String, String> options) {
    try (ModelShelf shelf = new ModelShelf();
        Scope scope = Scope.open()) {
      Prior prior = shelf.prior(folder.toString(), options, STEPS, Device.CPU);
      assertThat(prior.isLatent()).isTrue();
      Tensor image = new UnguidedSampler(prior, new AncestralStep()).sample(1, 0);
      assertThat(Tensors.shape(image))
          .containsExactly(1, 3, prior.imageShape()[1], prior.imageShape()[2]);
      assertThat(prior.imageShape()[1]).isGreaterThan(prior.noiseShape()[1]);
    }
  }

  @Test
  void drawsImagesOfAClass() {
    draws(Map.of("num_heads", heads, "label", "1"));
    draws(Map.of("num_heads", heads, "label", "any", "guidance_scale", "4"));
    assertThat(Inspection.of(folder).architecture())
        .contains("diffusion transformer")
        .contains("decoded by an AutoencoderKL");
  }

  @Test
  void whatIsMissingIsAsked() {
    assertThatThrownBy(() -> draws(Map.of("label", "1")))
        .hasMessageContaining("give `priorOption` num_heads");
    assertThatThrownBy(() -> draws(Map.of("num_heads", heads)))
        .hasMessageContaining("class-conditional");
    assertThatThrownBy(() -> draws(Map.of("num_heads", heads, "sigma_data", "1")))
        .hasMessageContaining("has no meaning for a diffusion transformer");
  }

  @Test
  void aloneItIsRefused() {
    try (ModelShelf shelf = new ModelShelf()) {
      assertThatThrownBy(() -> shelf.prior(network.toString(), Map.of(), STEPS, Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("in a folder vae")
          .message()
          .doesNotContain("\n");
    }
  }
}
