package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.fixture.DitFiles;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;
import org.tiltlens.golden.Goldens;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.text.ClipText;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.ConditionalUnet;
import org.tiltlens.unet.LatentFiles;

/** Priors that are told a text, opened by the names that a user gives. */
class TextPriorTest {
  private static final StableDiffusionSizes TINY = StableDiffusionSizes.TINY;
  private static final Map<String, String> OF_FILE =
      Map.of(
          "image_size", "" + TINY.side(),
          "scale_factor", "" + StableDiffusionFiles.FACTOR,
          "num_heads", "" + TINY.heads());

  @TempDir private static Path kept;
  private static Path pipeline;
  private static Path file;

  @TempDir private Path folder;
  private ModelShelf shelf;
  private Scope scope;

  @BeforeAll
  static void write() throws IOException {
    pipeline = StableDiffusionFiles.pipeline(kept.resolve("pipeline"), TINY, DType.F16);
    file = StableDiffusionFiles.file(kept.resolve("model.safetensors"), TINY, DType.F16);
  }

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

  private static NoiseSchedule schedule(Path path) {
    PriorFile.Trained trained = PriorFile.trained(path.toString()).orElseThrow();
    assertThat(trained.schedule()).isEqualTo("scaled_linear:8.5E-4:0.012");
    return PriorFile.schedule(trained.schedule(), trained.baseSteps(), "5");
  }

  private Prior prior(Path path, Map<String, String> options) {
    return shelf.prior(path.toString(), options, schedule(path), Device.CPU);
  }

  private static Map<String, String> with(Map<String, String> options, String... more) {
    Map<String, String> all = new HashMap<>(options);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return all;
  }

  private Tensor noise() {
    return Noise.normal(3, 0, 0, 2, StableDiffusionSizes.LATENTS, TINY.side(), TINY.side());
  }

  /** Counted by diffusers and transformers for Stable Diffusion 1.5, and for DiT-XL/2. */
  @Test
  void theMadeUpFilesHaveAsManyParametersAsThePublishedOnes() {
    assertThat(StableDiffusionFiles.parameters(StableDiffusionSizes.PUBLISHED))
        .isEqualTo(Map.of("unet", 859_520_964L, "vae", 83_653_863L, "text_encoder", 123_060_480L));
    long positions = 256L * 1152; // which are no parameters of DiT's own count
    assertThat(DitFiles.PUBLISHED.parameters() - positions).isEqualTo(674_834_720L);
  }

  /** By two passes of the network alone, put together here. */
  @Test
  void guidanceGoesFromTheNegativePromptBeyondThePrompt() {
    double w = 3.5;
    int t = 2;
    Prior prior =
        prior(pipeline, Map.of("prompt", "a red fox", "negative", "fog", "guidance_scale", "" + w));
    Tensor xt = noise();
    NoiseSchedule schedule = prior.schedule();
    double[] timesteps = {schedule.timestep(t), schedule.timestep(t)};
    try (TensorStore store =
            Parts.open(pipeline.resolve("unet/diffusion_pytorch_model.safetensors"));
        ConditionalUnet unet = ConditionalUnet.load(pipeline.resolve("unet"), store, Device.CPU);
        ClipText text = ClipText.open(pipeline, Device.CPU)) {
      TextPrior words = shelf.textPrior(pipeline.toString(), Map.of(), Device.CPU);
      Tensor[] said = new Tensor[2];
      for (int i = 0; i < 2; i++) {
        long[] ids = words.ids(i == 0 ? "a red fox" : "fog");
        Tensor context = text.encode(ids, ids).lastHiddenState();
        said[i] = unet.forward(xt, timesteps, null, context);
      }
      Tensor noise =
          Tensors.scale(said[0], w).add(Tensors.scale(said[1], 1 - w)); // another order of terms
      double abar = schedule.alphaCumprod(t);
      Tensor x0 =
          Tensors.scale(xt.sub(Tensors.scale(noise, Math.sqrt(1 - abar))), 1 / Math.sqrt(abar));
      Goldens.assertClose(prior.predict(xt, t).x0Hat(), x0, Goldens.TOLERANCE, "x0");
    }
  }

  /** As diffusers' pipelines of latents, which turn a scheduler's clip_sample off. */
  @Test
  void whatASchedulerSaysOfClippingIsOfPixels() throws IOException {
    Path other = folder.resolve("other");
    copy(pipeline, other);
    Path config = other.resolve("scheduler/scheduler_config.json");
    ObjectNode said = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config, said.put("clip_sample", true).toString());
    Map<String, String> fox = Map.of("prompt", "a red fox");
    Tensor xt = noise();
    Tensor own = prior(pipeline, fox).predict(xt, 4).x0Hat();
    assertThat(own.abs().max().item_double()).isGreaterThan(1);
    Goldens.assertClose(prior(other, fox).predict(xt, 4).x0Hat(), own, 0, "as without");
    Tensor clipped = prior(other, with(fox, "clip_denoised", "True")).predict(xt, 4).x0Hat();
    assertThat(clipped.abs().max().item_double()).isLessThanOrEqualTo(1);
  }

  @Test
  void aTextEncoderOfOtherLayersThanItsFileIsRefused() throws IOException {
    Path other = folder.resolve("other");
    copy(pipeline, other);
    Path config = other.resolve("text_encoder/config.json");
    ObjectNode said = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config, said.put("num_hidden_layers", 7).toString());
    assertThatThrownBy(() -> ClipText.open(other, Device.CPU))
        .hasMessageContaining("num_hidden_layers")
        .hasMessageContaining("as many as its file has");
  }

  @Test
  void inspectionTellsOfWordsThatCannotBeRead() throws IOException {
    assertThat(Inspection.of(pipeline).problem()).isNull();
    assertThat(Inspection.of(file).problem()).isNull();
    Path other = folder.resolve("other");
    copy(pipeline, other);
    Files.delete(other.resolve("tokenizer/merges.txt"));
    assertThat(Inspection.of(other).problem()).contains("merges.txt");
    Files.copy(pipeline.resolve("tokenizer/merges.txt"), other.resolve("tokenizer/merges.txt"));
    Path config = other.resolve("text_encoder/config.json");
    ObjectNode said = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config, said.put("num_attention_heads", 7).toString());
    assertThat(Inspection.of(other).problem()).contains("7 heads of attention");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void anotherPromptIsAnotherPriorOfTheSameNetworks() {
    Tensor xt = noise();
    Tensor fox = prior(pipeline, Map.of("prompt", "a red fox")).predict(xt, 1).x0Hat();
    Tensor again = prior(pipeline, Map.of("prompt", "a red fox")).predict(xt, 1).x0Hat();
    Tensor car = prior(pipeline, Map.of("prompt", "a blue car")).predict(xt, 1).x0Hat();
    Tensor none = prior(pipeline, Map.of()).predict(xt, 1).x0Hat();
    Tensor empty =
        prior(pipeline, Map.of("prompt", "a red fox", "guidance_scale", "0"))
            .predict(xt, 1)
            .x0Hat();
    assertThat(Tensors.toFloats(again)).isEqualTo(Tensors.toFloats(fox));
    assertThat(Tensors.toFloats(car)).isNotEqualTo(Tensors.toFloats(fox));
    assertThat(Tensors.toFloats(none)).isNotEqualTo(Tensors.toFloats(fox));
    Goldens.assertClose(empty, none, Goldens.TOLERANCE, "w = 0");
    assertThat(shelf.opened()).hasSize(1);
  }

  @Test
  void aCheckpointInOneFile() {
    Map<String, String> options = with(OF_FILE, "tokenizer", pipeline + "/tokenizer");
    Tensor fox = prior(file, with(options, "prompt", "a red fox")).predict(noise(), 1).x0Hat();
    Prior prior = prior(file, options);
    Tensor none = prior.predict(noise(), 1).x0Hat();
    assertThat(Tensors.toFloats(fox)).isNotEqualTo(Tensors.toFloats(none));
    assertThat(prior.noiseShape()).containsExactly(4, TINY.side(), TINY.side());
    assertThat(prior.imageShape()).containsExactly(3, 2L * TINY.side(), 2L * TINY.side());
    assertThat(Tensors.shape(prior.decode(none)))
        .containsExactly(2, 3, 2L * TINY.side(), 2L * TINY.side());
  }

  @Test
  void whatAFileDoesNotTellIsAsked() {
    assertThatThrownBy(() -> prior(file, OF_FILE)).hasMessageContaining("tokenizer=DIR");
    Map<String, String> words = Map.of("tokenizer", pipeline + "/tokenizer");
    assertThatThrownBy(() -> prior(file, words)).hasMessageContaining("image_size=64");
    assertThatThrownBy(() -> prior(file, with(words, "image_size", "16", "num_heads", "4")))
        .hasMessageContaining("scale_factor=0.18215");
  }

  /** A step of the embeddings along their gradient, against what the score gains. */
  @Test
  void aSoftPromptHasAGradient() {
    TextPrior text = shelf.textPrior(pipeline.toString(), Map.of(), Device.CPU);
    Tensor words = text.encoder().tokenEmbeddings(text.ids("a red fox"));
    Tensor xt = noise();
    Tensor leaf = Autograd.leaf(words);
    Tensor gradient = Autograd.gradient(said(text, leaf, xt), leaf);
    double step = 1e-2 / gradient.norm().item_double();
    double above = said(text, words.add(Tensors.scale(gradient, step)), xt).item_double();
    double below = said(text, words.sub(Tensors.scale(gradient, step)), xt).item_double();
    double expected = 2 * step * gradient.mul(gradient).sum().item_double();
    assertThat(above - below).isCloseTo(expected, within(0.03 * expected));
  }

  private Tensor said(TextPrior text, Tensor words, Tensor xt) {
    Tensor none = text.context("");
    Prior prior = text.prior(text.context(words), none, 2, schedule(pipeline));
    Tensor image = prior.decode(prior.predict(xt, 1).x0Hat());
    return image.mul(Noise.normal(9, 0, 0, Tensors.shape(image))).sum();
  }

  /** The decoder's part is computed again on the way back; here it is not. */
  @Test
  void guidanceHasTheGradientThroughDecoderAndNetwork() {
    Prior prior = prior(pipeline, Map.of("prompt", "a red fox", "guidance_scale", "2"));
    Tensor xt = noise();
    Tensor probe = Noise.normal(9, 0, 0, prior.imageShape());
    Score score = images -> images.tanh().mul(probe).sum(1, 2, 3);
    ScoreGradient.Point at = new ScoreGradient.Point(prior, score, new Objective.Maximize(), xt, 2);
    ScoreGradient.Result guided = new ScoreGradient.ThroughPrior().of(at, 1, n -> null);
    Tensor leaf = Autograd.leaf(xt);
    Tensor scores = score.of(prior.decode(prior.predict(leaf, 2).x0Hat()));
    Goldens.assertClose(guided.scores(), scores.detach(), Goldens.TOLERANCE, "scores");
    Tensor expected = Autograd.gradient(scores.sum(), leaf);
    Goldens.assertClose(guided.gradient(), expected, Goldens.TOLERANCE, "gradient");
    assertThat(expected.abs().max().item_double()).isGreaterThan(0.1);
  }

  @Test
  void inspectionSaysWhatItIs() {
    for (Path path : new Path[] {pipeline, file}) {
      Inspection seen = Inspection.of(path);
      assertThat(seen.problem()).isNull();
      assertThat(seen.architecture())
          .contains("told a context of 32")
          .contains("AutoencoderKL of 4 channels")
          .contains("CLIP text encoder of 77 tokens");
    }
  }

  @Test
  void allItsFilesAreHashed() throws IOException {
    assertThat(ModelFolder.files(pipeline).stream().map(pipeline::relativize).map(Path::toString))
        .contains(
            "tokenizer/vocab.json",
            "tokenizer/merges.txt",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "scheduler/scheduler_config.json",
            "unet/diffusion_pytorch_model.safetensors");
  }

  @Test
  void promptsThatCannotBeToldAreRefused() {
    assertThatThrownBy(() -> prior(pipeline, Map.of("negative", "fog")))
        .hasMessageContaining("none at cfg 1");
    assertThatThrownBy(() -> prior(pipeline, Map.of("guidance_scale", "-1")))
        .hasMessageContaining("cfg -1.0, must be a finite number of at least 0");
    assertThatThrownBy(() -> prior(pipeline, Map.of("guidance_scale", "much")))
        .hasMessageContaining("cfg 'much' is no number");
    assertThatThrownBy(() -> prior(pipeline, Map.of("guidance_scale", "3")))
        .hasMessageContaining("cfg 3.0 leads from the empty prompt away from the same");
    assertThatThrownBy(
            () ->
                prior(pipeline, Map.of("prompt", "fog", "negative", "fog", "guidance_scale", "3")))
        .hasMessageContaining("leads from 'fog' away from the same, which changes nothing");
    assertThatThrownBy(() -> prior(pipeline, Map.of("prompt", "a\0b")))
        .hasMessageContaining("prompt has U+0000 as its character 2, which is no text");
    assertThatThrownBy(() -> prior(pipeline, Map.of("negative", "\uD83D", "guidance_scale", "3")))
        .hasMessageContaining("negative has U+D83D as its character 1");
    assertThatThrownBy(() -> prior(pipeline, Map.of("prompt", "long ".repeat(40))))
        .hasMessageContaining("a prompt of 160 tokens, the prior's text encoder reads at most 75");
    assertThatThrownBy(() -> prior(pipeline, Map.of("label", "3")))
        .hasMessageContaining("label=3 has no meaning for a pipeline");
    Path untold = LatentFiles.pipeline(folder);
    assertThatThrownBy(
            () ->
                shelf.prior(
                    untold.toString(), Map.of("prompt", "fog"), schedule(pipeline), Device.CPU))
        .hasMessageContaining("prompt 'fog': the prior")
        .hasMessageContaining("is told no text");
  }

  private Path changed(String name, String from, String to) throws IOException {
    Path copy = folder.resolve("copy");
    NoiseBundle.copy(pipeline, copy);
    String text = Files.readString(copy.resolve(name));
    assertThat(text).contains(from);
    Files.writeString(copy.resolve(name), text.replace(from, to));
    return copy;
  }

  @Test
  void otherPartsAreNamed() throws IOException {
    Path copy = changed("model_index.json", "\"CLIPTextModel\"", "\"T5EncoderModel\"");
    assertThatThrownBy(() -> prior(copy, Map.of()))
        .hasMessageContaining("names text_encoder T5EncoderModel, which is not read");
  }

  @Test
  void aPipelineOfTwoTextEncodersIsCalledByItsName() throws IOException {
    Path copy =
        changed(
            "model_index.json",
            "\"tokenizer\":",
            "\"text_encoder_2\": [\"transformers\", \"CLIPTextModelWithProjection\"],"
                + " \"tokenizer_2\": [\"transformers\", \"CLIPTokenizer\"], \"tokenizer\":");
    assertThatThrownBy(() -> prior(copy, Map.of())).hasMessageContaining("Stable Diffusion XL");
    assertThatThrownBy(() -> Inspection.of(copy))
        .hasMessageContaining("(Stable Diffusion XL), which is not read");
  }

  @Test
  void aNetworkOfInpaintingIsRefused() throws IOException {
    Path copy = changed("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9");
    assertThatThrownBy(() -> prior(copy, Map.of()))
        .hasMessageContaining("in_channels is 9, expected 4");
  }

  @Test
  void samplersWithDefaultsOfTheirOwnMustSayTheirBetas() throws IOException {
    Path copy =
        changed(
            "scheduler/scheduler_config.json",
            "\"PNDMScheduler\", \"beta_schedule\": \"scaled_linear\"",
            "\"EulerDiscreteScheduler\"");
    assertThatThrownBy(() -> prior(copy, Map.of()))
        .hasMessageContaining("beta_schedule is missing");
  }
}
