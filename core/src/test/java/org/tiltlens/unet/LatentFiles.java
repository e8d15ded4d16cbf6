package org.tiltlens.unet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Whole models of latents as people bring them: random networks, beside the golden autoencoder. */
public final class LatentFiles {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
  private static final String VAE = "vae_kl_diffusers/";

  private LatentFiles() {}

  /** A pipeline of diffusers with a {@code UNet2DModel} of latents. */
  public static Path pipeline(Path folder) {
    try {
      for (String part : List.of("vae", "unet", "scheduler")) {
        Files.createDirectories(folder.resolve(part));
      }
      Files.copy(LatentGoldens.file(VAE + WEIGHTS), folder.resolve("vae").resolve(WEIGHTS));
      Files.copy(LatentGoldens.file(VAE + "config.json"), folder.resolve("vae/config.json"));
      int latents = latents();
      Files.writeString(
          folder.resolve("model_index.json"),
          """
          {"_class_name": "LDMPipeline", "vqvae": ["diffusers", "AutoencoderKL"],
           "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDIMScheduler"]}
          """);
      Files.writeString(
          folder.resolve("scheduler/scheduler_config.json"),
          """
          {"_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.0015,
           "beta_end": 0.0195, "num_train_timesteps": 1000, "clip_sample": false}
          """);
      Files.writeString(
          folder.resolve("unet/config.json"),
          """
          {"_class_name": "UNet2DModel", "sample_size": 8, "in_channels": %d, "out_channels": %d,
           "block_out_channels": [16, 32], "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
           "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1,
           "norm_num_groups": 8}
          """
              .formatted(latents, latents));
      JsonSettings unet = JsonSettings.in(folder.resolve("unet"), "config.json").orElseThrow();
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> weights = random(Unet2dLayout.shapes(Unet2dConfig.of(unet, latents)));
        SafetensorsWriter.write(folder.resolve("unet").resolve(WEIGHTS), weights, Map.of());
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Channels of the golden autoencoder's latents. */
  public static int latents() {
    return autoencoder().integer("latent_channels", null);
  }

  /** What the golden folder says of its autoencoder. */
  public static JsonSettings autoencoder() {
    return JsonSettings.in(LatentGoldens.file(VAE), "config.json").orElseThrow();
  }

  /**
   * A checkpoint of latent diffusion in one file, as CompVis saves it, with metadata for what
   * tensors do not show.
   *
   * @param factor what latents are scaled by; null for a checkpoint that does not say it
   */
  public static Path checkpoint(Path folder, Double factor) {
    Path file = folder.resolve("model.safetensors");
    Map<String, String> options =
        RandomUnets.options("in_channels", "" + latents(), "image_size", "8");
    Map<String, String> metadata = new HashMap<>();
    metadata.put("image_size", options.get("image_size"));
    metadata.put("num_head_channels", options.get("num_head_channels"));
    try (Scope scope = Scope.open();
        TensorStore golden = LatentGoldens.open("vae_kl.safetensors")) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      random(AdmUnet.shapes(AdmUnetConfig.fromOptions(options)))
          .forEach((name, values) -> tensors.put("model.diffusion_model." + name, values));
      golden.entries().keySet().stream()
          .filter(name -> name.startsWith("model.first_stage_model."))
          .forEach(name -> tensors.put(name.substring("model.".length()), golden.load(name)));
      float[] betas = new float[1000];
      for (int t = 0; t < betas.length; t++) {
        double root =
            Math.sqrt(0.0015) + t * (Math.sqrt(0.0195) - Math.sqrt(0.0015)) / (betas.length - 1);
        betas[t] = (float) (root * root);
      }
      tensors.put("betas", Tensors.floats(betas, betas.length));
      if (factor != null) {
        tensors.put("scale_factor", Tensors.floats(new float[] {factor.floatValue()}));
      }
      SafetensorsWriter.write(file, tensors, metadata);
    }
    return file;
  }

  private static Map<String, Tensor> random(Map<String, List<Long>> shapes) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    shapes.forEach(
        (name, dimensions) -> {
          long[] shape = dimensions.stream().mapToLong(Long::longValue).toArray();
          double scale = shape.length == 1 ? 0.1 : 0.05;
          tensors.put(name, Tensors.scale(Noise.normal(name.hashCode(), 0, 0, shape), scale));
        });
    return tensors;
  }
}
