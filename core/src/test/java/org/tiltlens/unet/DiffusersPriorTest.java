package org.tiltlens.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class DiffusersPriorTest {
  private static final Path MODELS = Path.of("src/test/resources/diffusers");
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER = "scheduler_config.json";
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  @TempDir private Path folder;

  private static DiffusersPrior prior(Path folder) {
    return DiffusersPrior.in(folder).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ddpm", "scale_shift", "no_middle"})
  @Tag("rounding")
  void outputAndInputGradientEqualTheReference(String name) {
    try (TensorStore reference = Checkpoints.open(MODELS.resolve(name).resolve("reference.io"));
        Denoiser network = prior(MODELS.resolve(name)).load(Device.CPU);
        Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(reference.load("input"));
      Tensor output =
          network.forward(input, Tensors.toDoubles(reference.load("timesteps")), labels(reference));
      Goldens.assertClose(output, reference.load("output"), Goldens.TOLERANCE, "output");
      Tensor gradient = Autograd.gradient(output.mul(reference.load("probe")).sum(), input);
      Goldens.assertClose(gradient, reference.load("input_grad"), Goldens.LOOSE, "input_grad");
    }
  }

  private static int[] labels(TensorStore reference) {
    return reference.entries().containsKey("labels")
        ? Arrays.stream(Tensors.toLongs(reference.load("labels")))
            .mapToInt(Math::toIntExact)
            .toArray()
        : null;
  }

  @Test
  void noClassIsAZeroVector() {
    try (Denoiser network = prior(MODELS.resolve("scale_shift")).load(Device.CPU);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 8, 12).repeat(2, 1, 1, 1);
      Tensor output = network.forward(x, new double[] {7, 7}, new int[] {Denoiser.NO_CLASS, 2});
      Tensor alone = network.forward(x.narrow(0, 0, 1), new double[] {7}, new int[] {-1});
      Goldens.assertClose(output.narrow(0, 0, 1), alone, Goldens.TOLERANCE, "no class");
      Tensor apart = output.narrow(0, 0, 1).sub(output.narrow(0, 1, 1));
      assertThat(apart.abs().max().item_double()).isGreaterThan(1e-3);
    }
  }

  @Test
  void schedulerTellsHowToSample() {
    DiffusersPrior prior = prior(MODELS.resolve("ddpm"));
    assertThat(prior.schedule().orElseThrow().name()).isEqualTo("linear");
    assertThat(prior.schedule().orElseThrow().steps()).isEqualTo(1000);
    DiffusionPrior.Options options = prior.options(Map.of());
    assertThat(options.variance()).isEqualTo(VarianceType.FIXED_LARGE);
    assertThat(options.predicts()).isEqualTo(Predicts.EPSILON);
    assertThat(options.clipX0()).isTrue();
    DiffusionPrior.Options own =
        prior.options(Map.of("sigma_small", "True", "prediction", "v", "clip_denoised", "False"));
    assertThat(own.variance()).isEqualTo(VarianceType.FIXED_SMALL);
    assertThat(own.predicts()).isEqualTo(Predicts.V);
    assertThat(own.clipX0()).isFalse();
  }

  @Test
  void pipelineFolderIsReadAsItsFlatOne() throws IOException {
    copy("ddpm", "unet");
    Files.createDirectories(folder.resolve("scheduler"));
    Files.move(
        folder.resolve("unet").resolve(SCHEDULER), folder.resolve("scheduler").resolve(SCHEDULER));
    Files.writeString(
        folder.resolve("model_index.json"),
        "{\"_class_name\": \"DDPMPipeline\", \"scheduler\": [\"diffusers\", \"DDPMScheduler\"],"
            + " \"unet\": [\"diffusers\", \"UNet2DModel\"]}");
    DiffusersPrior prior = prior(folder);
    assertThat(prior.weights()).isEqualTo(folder.resolve("unet").resolve(WEIGHTS));
    assertThat(prior.schedule()).isPresent();
    assertThatThrownBy(() -> DiffusersPrior.in(folder.resolve("unet")))
        .hasMessageContaining("give the folder above it");
  }

  private Path copy(String name, String to) throws IOException {
    Path copied = Files.createDirectories(folder.resolve(to));
    try (Stream<Path> files = Files.list(MODELS.resolve(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, copied.resolve(file.getFileName()));
      }
    }
    return copied;
  }

  /** A model with one more key in a file of settings, which wins over an earlier one. */
  private DiffusersPrior with(String file, String key, String value) throws IOException {
    Path copied = copy("ddpm", "copy");
    String text = Files.readString(copied.resolve(file));
    String without = text.replaceAll("\"" + key + "\": (\\[[^]]*]|[^,}]*),?", "");
    Files.writeString(
        copied.resolve(file), without.replaceFirst("\\{", "{\"" + key + "\": " + value + ","));
    return prior(copied);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config.json|down_block_types|[\"DownBlock2D\",\"AttnSkipDownBlock2D\"]|a list of"
            + " DownBlock2D",
        "config.json|down_block_types|[\"DownBlock2D\"]|one for each of the 2",
        "config.json|time_embedding_type|\"fourier\"|expected positional",
        "config.json|mid_block_type|null|expected a value",
        "config.json|mid_block_scale_factor|1.414|expected 1",
        "config.json|act_fn|\"gelu\"|expected silu or swish",
        "config.json|class_embed_type|\"identity\"|expected null",
        "config.json|in_channels|4|no latent",
        "config.json|in_channels|6|super-resolution",
        "config.json|out_channels|4|or twice that",
        "config.json|norm_num_groups|0|from 1 to",
        "config.json|norm_num_groups|3|a divisor",
        "config.json|norm_num_groups|null|expected a value",
        "config.json|norm_eps|NaN|a finite number",
        "config.json|norm_eps|-1e-6|between 0 and 1",
        "config.json|block_out_channels|[4, -8]|whole numbers from 1",
        "config.json|block_out_channels|[4, 99999999999]|whole numbers from 1",
        "config.json|block_out_channels|[]|whole numbers from 1",
        "config.json|attention_head_dim|3|a divisor",
        "config.json|attention_head_dim|0|from 1 to",
        "config.json|layers_per_block|0|from 1 to 100",
        "config.json|layers_per_block|1e9|from 1 to 100",
        "config.json|sample_size|9|a multiple of 2",
        "config.json|sample_size|null|expected a value",
        "config.json|sample_size|[8]|a multiple of 2",
        "config.json|freq_shift|2|below half",
        "config.json|resnet_time_scale_shift|\"spatial\"|expected default or scale_shift",
        "config.json|skip_everything|true|does not know this key",
        "scheduler_config.json|_class_name|\"FlowMatchEulerDiscreteScheduler\"|expected"
            + " DDPMScheduler or DDIMScheduler",
        "scheduler_config.json|beta_schedule|\"sigmoid\"|expected linear or scaled_linear",
        "scheduler_config.json|beta_end|1|between 0 and 1",
        "scheduler_config.json|beta_end|NaN|a finite number",
        "scheduler_config.json|num_train_timesteps|0|from 2",
        "scheduler_config.json|num_train_timesteps|4000000000|a whole number",
        "scheduler_config.json|variance_type|\"learned_range\"|expected twice as many",
        "scheduler_config.json|variance_type|\"fixed_large_log\"|expected fixed_small",
        "scheduler_config.json|prediction_type|\"flow\"|expected epsilon or v_prediction",
        "scheduler_config.json|thresholding|true|expected false",
        "scheduler_config.json|rescale_betas_zero_snr|true|expected false",
        "scheduler_config.json|clip_sample_range|2|expected 1",
        "scheduler_config.json|trained_betas|[0.1, 0.2]|one for each of num_train_timesteps 1000",
        "scheduler_config.json|trained_betas|[0.1, NaN]|[1] is NaN, expected a number above 0 and",
        "scheduler_config.json|trained_betas|[1.0]|[0] is 1.0, expected a number above 0 and below",
        "scheduler_config.json|trained_betas|[\"a\"]|[0] is \"a\", expected a number above 0",
        "scheduler_config.json|trained_betas|\"linear\"|expected a list of numbers",
        "scheduler_config.json|shift|3.0|does not know this key",
      })
  void whatIsNotReadIsRefusedByNameAndValue(String file, String key, String value, String why) {
    assertThatThrownBy(() -> with(file, key, value))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(why)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void otherSchedulesAreNamedWhole() throws IOException {
    assertThat(with(SCHEDULER, "beta_schedule", "\"squaredcos_cap_v2\"").schedule().get().name())
        .isEqualTo("cosine");
    wipe();
    assertThat(with(SCHEDULER, "beta_schedule", "\"scaled_linear\"").schedule().get().name())
        .isEqualTo("scaled_linear:1.0E-4:0.02");
    wipe();
    assertThat(with(SCHEDULER, "beta_end", "0.015").schedule().get().name())
        .isEqualTo("linear:1.0E-4:0.015");
    wipe();
    assertThat(with(SCHEDULER, "prediction_type", "\"sample\"").options(Map.of()).predicts())
        .isEqualTo(Predicts.X0);
  }

  private void wipe() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("copy"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "UNet2DConditionModel, lacks its pipeline",
    "FluxTransformer2DModel, flow matching",
    "SD3Transformer2DModel, flow matching",
    "AutoencoderKL, makes images of latents",
  })
  void otherModelsAreCalledByTheirNames(String type, String why) throws IOException {
    Files.writeString(folder.resolve(CONFIG), "{\"_class_name\": \"" + type + "\"}");
    assertThatThrownBy(() -> DiffusersPrior.in(folder))
        .hasMessageContaining("is a diffusers " + type)
        .hasMessageContaining(why)
        .hasMessageContaining("expected a pixel model");
  }

  @Test
  void latentPipelineIsRefusedByItsParts() throws IOException {
    Files.writeString(
        folder.resolve("model_index.json"),
        "{\"_class_name\": \"LDMPipeline\", \"vqvae\": [\"diffusers\", \"VQModel\"],"
            + " \"unet\": [\"diffusers\", \"UNet2DModel\"]}");
    assertThatThrownBy(() -> DiffusersPrior.in(folder))
        .hasMessageContaining("is a diffusers LDMPipeline (vqvae VQModel, unet UNet2DModel)")
        .hasMessageContaining("expected a pixel model");
  }

  @Test
  void weightsOfAnotherShapeAreListed() throws IOException {
    DiffusersPrior prior = with(CONFIG, "layers_per_block", "3");
    assertThatThrownBy(() -> prior.load(Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("down_blocks.0.resnets.2.norm1.weight");
    try (TensorStore store = Parts.open(prior.weights())) {
      assertThatThrownBy(() -> prior.describe(store)).isInstanceOf(CheckpointException.class);
    }
  }

  private static final String PUBLISHED =
      """
      {"_class_name": "UNet2DModel", "act_fn": "silu", "attention_head_dim": null,
      "center_input_sample": false, "downsample_padding": 0, "flip_sin_to_cos": false,
      "freq_shift": 1, "in_channels": 3, "layers_per_block": 2, "mid_block_scale_factor": 1,
      "norm_eps": 1e-06, "norm_num_groups": 32, "out_channels": 3, "time_embedding_type":
      "positional", "sample_size": %s, "block_out_channels": [%s],
      "down_block_types": [%s], "up_block_types": [%s]}
      """;

  /** Ho et al. 2020, appendix B: 35.7 million parameters for CIFAR10, 114 million for 256 x 256. */
  @ParameterizedTest
  @CsvSource({
    "32, '128,256,256,256', dadd, ddad, 35.7",
    "256, '128,128,256,256,512,512', ddddad, dadddd, 114",
  })
  void publishedModelsHaveAsManyParametersAsTheyShould(
      String size, String widths, String down, String up, String millions) throws IOException {
    String text = PUBLISHED.formatted(size, widths, types(down, "Down"), types(up, "Up"));
    Files.writeString(folder.resolve(CONFIG), text);
    Unet2dConfig config = Unet2dConfig.of(JsonSettings.in(folder, CONFIG).orElseThrow(), 0);
    double parameters =
        Unet2dLayout.shapes(config).values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
            .sum();
    int decimals = millions.contains(".") ? 1 : 0;
    assertThat(String.format(Locale.ROOT, "%." + decimals + "f", parameters / 1e6))
        .isEqualTo(millions);
  }

  private static String types(String letters, String way) {
    return letters
        .chars()
        .mapToObj(letter -> "\"" + (letter == 'a' ? "Attn" : "") + way + "Block2D\"")
        .collect(Collectors.joining(", "));
  }

  @Test
  void foldersWhoseSettingsAreBrokenAreLeftToOthers() throws IOException {
    for (String text : new String[] {"{", "[]", ""}) {
      Files.writeString(folder.resolve(CONFIG), text);
      assertThat(DiffusersPrior.in(folder)).isEmpty();
    }
  }

  @Test
  void otherFoldersAreNone() {
    assertThat(DiffusersPrior.in(Goldens.file("cnnsae"))).isEmpty();
    assertThat(DiffusersPrior.in(Goldens.file("dinov3_vit_mlp_hf"))).isEmpty();
    assertThat(DiffusersPrior.in(Goldens.file("adm_unet.pt"))).isEmpty();
  }
}
