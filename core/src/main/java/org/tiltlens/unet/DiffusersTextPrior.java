package org.tiltlens.unet;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.torch.Device;

/**
 * A pipeline of diffusers that is told a text, as of Stable Diffusion 1 and 2: {@code unet/} with a
 * {@code UNet2DConditionModel}, {@code vae/}, {@code scheduler/}, {@code text_encoder/} and {@code
 * tokenizer/}. The last two are read elsewhere, by who knows texts.
 */
public final class DiffusersTextPrior {
  private static final String INDEX = "model_index.json";
  private static final String CONFIG = "config.json";
  private static final String CLASS = "_class_name";
  private static final String NETWORK = "UNet2DConditionModel";
  private static final String TEXT_ENCODER = "text_encoder";
  private static final int MOST_SIDE = 1 << 14;

  /** What a pipeline may name, and of which classes. */
  private static final Map<String, Set<String>> PARTS =
      Map.of(
          "unet",
          Set.of(NETWORK),
          "vae",
          Set.of("AutoencoderKL"),
          TEXT_ENCODER,
          Set.of("CLIPTextModel", "CLIPTextModelWithProjection"),
          "tokenizer",
          Set.of("CLIPTokenizer", "CLIPTokenizerFast"));

  /** What changes nothing of what is drawn here: filters of pictures and what these look at. */
  private static final Set<String> BESIDE =
      Set.of("scheduler", "safety_checker", "feature_extractor", "requires_safety_checker");

  private final Path folder;
  private final Path network;
  private final Path weights;
  private final JsonSettings config;
  private final DiffusersAutoencoder autoencoder;
  private final Optional<DiffusersSchedule> schedule;

  private DiffusersTextPrior(Path folder) {
    this.folder = folder;
    network = folder.resolve("unet");
    JsonSettings.in(folder, INDEX).ifPresent(DiffusersTextPrior::requireParts);
    config = JsonSettings.in(network, CONFIG).orElseThrow();
    autoencoder =
        DiffusersAutoencoder.in(folder)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "'%s' has no folder vae, which makes images of its latents: put it there"
                            .formatted(folder)));
    schedule = DiffusersPrior.scheduler(folder).map(DiffusersSchedule::of);
    weights = DiffusersPrior.weights(network);
    int channels = config.integer("in_channels", 4);
    if (channels != autoencoder.channels()) {
      throw config.wrong(
          "in_channels",
          autoencoder.channels()
              + ", the channels of its latents (not of inpainting or super-resolution)");
    }
  }

  /**
   * The model in a folder; empty if it is no such pipeline.
   *
   * @throws CheckpointException if it is, and has parts or settings that are not read; one line
   */
  public static Optional<DiffusersTextPrior> in(Path folder) {
    return isOne(folder) ? Optional.of(new DiffusersTextPrior(folder)) : Optional.empty();
  }

  /** Whether a folder holds such a network beside a text encoder. */
  public static boolean isOne(Path folder) {
    return Files.isDirectory(folder.resolve(TEXT_ENCODER))
        && Files.isDirectory(folder.resolve("unet"))
        && JsonSettings.in(folder.resolve("unet"), CONFIG)
            .filter(config -> config.text(CLASS, NETWORK).equals(NETWORK))
            .isPresent();
  }

  private static void requireParts(JsonSettings index) {
    if (index.root().path("text_encoder_2").path(1).isTextual()) {
      throw new CheckpointException(
          ("%s is of a model that is told a text by two encoders (Stable Diffusion XL), which is"
                  + " not read: of those told a text Stable Diffusion 1 and 2 are")
              .formatted(index.source()));
    }
    for (Map.Entry<String, JsonNode> part : index.root().properties()) {
      String name = part.getKey();
      JsonNode kind = part.getValue().path(1);
      boolean named = part.getValue().isArray() && kind.isTextual();
      boolean read =
          !named
              || BESIDE.contains(name)
              || PARTS.getOrDefault(name, Set.of()).contains(kind.textValue());
      if (!read) {
        throw new CheckpointException(
            ("%s names %s %s, which is not read: expected a UNet2DConditionModel told a text by"
                    + " CLIP's CLIPTextModel and CLIPTokenizer, and its AutoencoderKL")
                .formatted(index.source(), name, kind.textValue()));
      }
    }
  }

  /** The network's file of weights. */
  public Path weights() {
    return weights;
  }

  /** How it was trained; empty if there is no scheduler. */
  public Optional<DiffusersSchedule> schedule() {
    return schedule;
  }

  /**
   * Side of the latents: {@code image_size} of the options, else what the network was trained on.
   *
   * @throws IllegalArgumentException if neither says it, or it is no side
   */
  public int side(Map<String, String> options) {
    boolean said = config.has("sample_size");
    int trained = said ? config.integer("sample_size", null, 1, MOST_SIDE) : -1;
    return side(options, trained, folder.toString());
  }

  /** What its latents are; of no side where its settings do not say it. */
  public LatentShape latents() {
    return autoencoder.latents(config.has("sample_size") ? (Integer) side(Map.of()) : null);
  }

  /** The same of any such model; {@code trained} -1 where nothing says it. */
  static int side(Map<String, String> options, int trained, String source) {
    int side = new AdmOptions(options).integer("image_size", trained);
    if (side < 1 || side > MOST_SIDE) {
      throw new IllegalArgumentException(
          ("%s: the side of its latents is %s: give `priorOption` image_size=64 (an eighth of the"
                  + " image's side), from 1 to %d")
              .formatted(source, options.containsKey("image_size") ? side : "not said", MOST_SIDE));
    }
    return side;
  }

  /**
   * Loads the network.
   *
   * @throws CheckpointException if its weights do not fit its settings
   */
  public ConditionalUnet load(Device device) {
    try (TensorStore store = Parts.open(weights)) {
      return ConditionalUnet.load(network, store, device);
    }
  }

  /**
   * Loads what makes images of its latents.
   *
   * @throws CheckpointException if its weights do not fit its settings
   */
  public Autoencoder autoencoder(Device device) {
    return autoencoder.load(device);
  }

  /**
   * How it is to be sampled: as its scheduler says, or as options do. No latent is clipped unless
   * options say so: diffusers' pipelines of latents turn a scheduler's {@code clip_sample} off.
   */
  public DiffusionPrior.Options options(Map<String, String> options) {
    Map<String, String> said = new TreeMap<>(options);
    schedule.ifPresent(
        trained -> {
          said.putIfAbsent(
              "sigma_small", trained.variance() == VarianceType.FIXED_LARGE ? "False" : "True");
        });
    return options(said, schedule.map(DiffusersSchedule::predicts).orElse(Predicts.EPSILON));
  }

  /** The same of any such model, with the small variance and nothing clipped unless it is said. */
  static DiffusionPrior.Options options(Map<String, String> options, Predicts usual) {
    AdmOptions read = new AdmOptions(options);
    return new DiffusionPrior.Options(
        read.flag("sigma_small", true) ? VarianceType.FIXED_SMALL : VarianceType.FIXED_LARGE,
        read.flag("clip_denoised", false),
        Told.STEP,
        Optional.empty(),
        options.containsKey("prediction") ? Predicts.parse(options.get("prediction")) : usual);
  }

  /**
   * One line on it.
   *
   * @param store of {@link #weights}
   * @throws CheckpointException if its weights do not fit its settings
   */
  public String describe(TensorStore store) {
    return "diffusers UNet2DConditionModel of %s%s, decoded by an %s, %s"
        .formatted(
            config.has("sample_size") ? "%1$d x %1$d ".formatted(side(Map.of())) : "",
            ConditionalUnet.describe(network, store),
            autoencoder.describe(),
            schedule
                .map(DiffusersPrior::told)
                .orElse("no scheduler_config.json, so its schedule must be given"));
  }
}
