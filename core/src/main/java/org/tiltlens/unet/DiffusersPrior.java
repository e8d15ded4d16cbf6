package org.tiltlens.unet;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.torch.Device;

/**
 * A folder of a diffusers pixel model: a {@code UNet2DModel} and the scheduler that it was trained
 * with, as {@code save_pretrained} of a pipeline writes them ({@code unet/}, {@code scheduler/}) or
 * all in one folder.
 */
public final class DiffusersPrior {
  private static final String INDEX = "model_index.json";
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER = "scheduler_config.json";
  private static final String CLASS = "_class_name";
  private static final String NETWORK = "UNet2DModel";
  private static final List<String> WEIGHTS =
      List.of(
          DiffusersAutoencoder.FILE,
          "diffusion_pytorch_model.bin",
          "diffusion_pytorch_model.fp16.safetensors",
          "diffusion_pytorch_model.fp16.bin");

  private static final String EXPECTED =
      "expected a pixel model (a UNet2DModel and its scheduler), one of latents with an"
          + " AutoencoderKL, or one told a text by CLIP's text encoder beside these (Stable"
          + " Diffusion 1 and 2)";

  private final Path folder;
  private final Path weights;
  private final Unet2dConfig config;
  private final Optional<DiffusersSchedule> schedule;
  private final Optional<DiffusersAutoencoder> autoencoder;

  private DiffusersPrior(Path folder) {
    this.folder = folder;
    Optional<JsonSettings> index = JsonSettings.in(folder, INDEX);
    index.ifPresent(this::requirePixels);
    boolean pipeline = Files.exists(folder.resolve("unet"));
    Path network = pipeline ? folder.resolve("unet") : folder;
    JsonSettings settings =
        JsonSettings.in(network, CONFIG)
            .orElseThrow(
                () ->
                    new CheckpointException(network.resolve(CONFIG) + " is missing: " + EXPECTED));
    requireNetwork(settings.text(CLASS, ""));
    autoencoder = pipeline ? DiffusersAutoencoder.in(folder) : Optional.empty();
    config = Unet2dConfig.of(settings, autoencoder.map(DiffusersAutoencoder::channels).orElse(0));
    Path beside = folder.toAbsolutePath().resolveSibling("scheduler");
    if (!pipeline && Files.exists(beside.resolve(SCHEDULER)) && scheduler(folder).isEmpty()) {
      throw new CheckpointException(
          "'%s' is the network of a diffusers pipeline: give the folder above it, which holds its"
                  .formatted(folder)
              + " scheduler too");
    }
    schedule = scheduler(folder).map(DiffusersSchedule::of);
    weights = weights(network);
    requireVariance();
  }

  /** The weights in a folder of a part. */
  static Path weights(Path folder) {
    return WEIGHTS.stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new CheckpointException(
                    "'%s' holds no weights: expected %s or %s"
                        .formatted(folder, WEIGHTS.get(0), WEIGHTS.get(1))));
  }

  /**
   * The model in a folder; empty if it is not of diffusers.
   *
   * @throws CheckpointException if it is, and is no pixel model or has settings that are not read;
   *     one line
   */
  public static Optional<DiffusersPrior> in(Path folder) {
    return isOne(folder) ? Optional.of(new DiffusersPrior(folder)) : Optional.empty();
  }

  private static boolean isOne(Path folder) {
    if (!Files.isDirectory(folder) || DiffusersTextPrior.isOne(folder)) {
      return false;
    }
    return Files.exists(folder.resolve(INDEX))
        || Files.exists(folder.resolve("unet").resolve(CONFIG))
        || namesAClass(folder);
  }

  /** What cannot be read may be settings of anything: those who know them say what is wrong. */
  private static boolean namesAClass(Path folder) {
    try {
      return JsonSettings.in(folder, CONFIG).filter(config -> config.has(CLASS)).isPresent();
    } catch (CheckpointException e) {
      return false;
    }
  }

  static Optional<JsonSettings> scheduler(Path folder) {
    return Stream.of(folder.resolve("scheduler"), folder)
        .flatMap(each -> JsonSettings.in(each, SCHEDULER).stream())
        .findFirst();
  }

  /** Of a pipeline. */
  private void requirePixels(JsonSettings index) {
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, JsonNode> part : index.root().properties()) {
      JsonNode name = part.getValue().path(1);
      if (part.getValue().isArray() && name.isTextual()) {
        parts.add(part.getKey() + " " + name.textValue());
      }
    }
    boolean pixels =
        parts.stream()
            .allMatch(
                part ->
                    part.equals("unet " + NETWORK)
                        || part.startsWith("scheduler ")
                        || DiffusersAutoencoder.isOne(part));
    if (!pixels) {
      throw new CheckpointException(
          "'%s' is a diffusers %s (%s), %s"
              .formatted(
                  folder, index.text(CLASS, "pipeline"), String.join(", ", parts), EXPECTED));
    }
  }

  private void requireNetwork(String name) {
    if (name.equals(NETWORK)) {
      return;
    }
    String why = "";
    if (name.contains("Condition")) {
      why = " that is told a text or the like and lacks its pipeline: give the folder above it";
    } else if (name.contains("Transformer")) {
      why = ", a transformer, mostly of latents and trained by flow matching";
    } else if (name.contains("Autoencoder") || name.startsWith("VQ")) {
      why = ", the part of a latent model that makes images of latents";
    }
    throw new CheckpointException(
        "'%s' is a diffusers %s%s, %s"
            .formatted(folder, name.isEmpty() ? "model of no named class" : name, why, EXPECTED));
  }

  private void requireVariance() {
    boolean said = schedule.isPresent() && schedule.get().variance() == VarianceType.LEARNED_RANGE;
    if (schedule.isPresent() && said != learnsVariance()) {
      throw new CheckpointException(
          "'%s': variance_type of the scheduler %s learned_range, but the network's out_channels are"
                  .formatted(folder, said ? "is" : "is not")
              + " %d for in_channels %d: expected %s"
                  .formatted(
                      config.outChannels(),
                      config.inChannels(),
                      said ? "twice as many" : "as many, or learned_range"));
    }
  }

  private boolean learnsVariance() {
    return config.outChannels() == 2 * config.inChannels();
  }

  /** The file of weights. */
  public Path weights() {
    return weights;
  }

  /**
   * Loads what makes images of its latents; empty for a model of pixels.
   *
   * @throws CheckpointException if its weights do not fit its settings
   */
  public Optional<Autoencoder> autoencoder(Device device) {
    return autoencoder.map(it -> it.load(device));
  }

  /** What its latents are; empty for a model of pixels. */
  public Optional<LatentShape> latents() {
    return autoencoder.map(it -> it.latents(config.width()));
  }

  /** How it was trained; empty if there is no scheduler beside it. */
  public Optional<DiffusersSchedule> schedule() {
    return schedule;
  }

  /**
   * Loads the network.
   *
   * @throws CheckpointException if its weights do not fit its settings
   */
  public Denoiser load(Device device) {
    try (TensorStore store = Parts.open(weights)) {
      return Unet2d.load(store, config, device);
    }
  }

  /**
   * How it is to be sampled: as its scheduler says, or as options do by guided-diffusion's names
   * ({@code sigma_small}, {@code clip_denoised}) and ours ({@code prediction}, {@code label}).
   *
   * @throws IllegalArgumentException if a value is not of its kind
   */
  public DiffusionPrior.Options options(Map<String, String> options) {
    AdmOptions read = new AdmOptions(options);
    requireSize(read.integer("image_size", config.width()));
    VarianceType usual = schedule.map(DiffusersSchedule::variance).orElse(VarianceType.FIXED_SMALL);
    VarianceType fixed =
        read.flag("sigma_small", usual != VarianceType.FIXED_LARGE)
            ? VarianceType.FIXED_SMALL
            : VarianceType.FIXED_LARGE;
    Predicts predicts = schedule.map(DiffusersSchedule::predicts).orElse(Predicts.EPSILON);
    return new DiffusionPrior.Options(
        learnsVariance() ? VarianceType.LEARNED_RANGE : fixed,
        read.flag("clip_denoised", schedule.map(DiffusersSchedule::clipX0).orElse(true)),
        Told.STEP,
        Optional.ofNullable(options.get("label"))
            .map(label -> ClassLabels.parse(label, config.classes())),
        options.containsKey("prediction") ? Predicts.parse(options.get("prediction")) : predicts);
  }

  private void requireSize(int side) {
    if (side != config.width()) {
      throw new IllegalArgumentException(
          "`priorOption` image_size=%d contradicts the config.json of '%s', which says %d x %d: leave it out"
              .formatted(side, folder, config.width(), config.height()));
    }
  }

  /**
   * One line on it.
   *
   * @throws CheckpointException if its weights do not fit its settings
   */
  public String describe(TensorStore store) {
    Unet2d.require(store, config);
    String widths =
        config.levels().stream()
            .map(level -> Integer.toString(level.width()))
            .collect(Collectors.joining(","));
    String attention =
        IntStream.range(0, config.levels().size())
            .filter(level -> config.levels().get(level).down().attention())
            .mapToObj(level -> Integer.toString(1 << level))
            .collect(Collectors.joining(","));
    return String.format(
        "diffusers UNet2DModel of %d x %d %s, %s channels, %d res blocks a level, attention at"
            + " downsampling %s, %s%s, %s",
        config.width(),
        config.height(),
        autoencoder.map(it -> "latents, decoded by an " + it.describe()).orElse("pixels"),
        widths,
        config.layers(),
        attention.isEmpty() ? "none" : attention,
        learnsVariance() ? "learned variance" : "fixed variance",
        config.classes() > 0 ? ", " + config.classes() + " classes" : "",
        schedule
            .map(DiffusersPrior::told)
            .orElse("no " + SCHEDULER + ", so its schedule must be given"));
  }

  static String told(DiffusersSchedule schedule) {
    String name = schedule.name().replaceFirst(",.*", ",...");
    return "predicts %s, %s schedule of %d steps"
        .formatted(schedule.predicts().word(), name, schedule.steps());
  }
}
