package org.tiltlens.unet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.torch.Device;

/**
 * The {@code AutoencoderKL} of a pipeline of diffusers.
 *
 * @param weights its file of weights
 * @param channels of its latents
 * @param groups of its normalisations
 * @param factor that latents are scaled by, after {@code shift}
 */
public record DiffusersAutoencoder(
    Path weights, int channels, int groups, double factor, double shift) {
  private static final int MOST_CHANNELS = 1 << 14;

  /** What its settings call it. */
  static final String CLASS = "AutoencoderKL";

  /** Where a training of ours writes it, as pipelines have it. */
  public static final String FOLDER = "vae";

  /** Its settings there. */
  public static final String CONFIG = "config.json";

  /** Its file of weights there. */
  public static final String FILE = "diffusion_pytorch_model.safetensors";

  /** Where pipelines have it. */
  private static final List<String> FOLDERS = List.of(FOLDER, "vqvae");

  /** Of pipelines and their networks of latents, beside which it is not alone. */
  private static final List<String> BESIDE = List.of("unet", "transformer", "model_index.json");

  private static final Pattern WEIGHTS = Pattern.compile(".*\\.(safetensors|bin|pt|pth|th|npz)");

  private static final List<String> DOWN = List.of("DownEncoderBlock2D", "AttnDownEncoderBlock2D");
  private static final List<String> UP = List.of("UpDecoderBlock2D", "AttnUpDecoderBlock2D");

  /**
   * That of a pipeline; empty if it has none.
   *
   * @throws CheckpointException if it is of another kind or has settings that are not read; one
   *     line
   */
  public static Optional<DiffusersAutoencoder> in(Path pipeline) {
    return FOLDERS.stream()
        .map(pipeline::resolve)
        .filter(Files::isDirectory)
        .findFirst()
        .map(DiffusersAutoencoder::read);
  }

  /**
   * That of a folder that holds no network of latents: the part of a pipeline itself, or what a
   * training of ours wrote; empty if it is none of these.
   *
   * @throws CheckpointException as {@link #in}
   */
  public static Optional<DiffusersAutoencoder> alone(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    if (isNamed(folder)) {
      return Optional.of(read(folder));
    }
    return isWithoutOthers(folder) ? in(folder) : Optional.empty();
  }

  /** What cannot be read may be settings of anything: those who know them say what is wrong. */
  private static boolean isNamed(Path folder) {
    try {
      return JsonSettings.in(folder, CONFIG)
          .filter(config -> config.has("_class_name"))
          .filter(config -> config.text("_class_name", "").equals(CLASS))
          .isPresent();
    } catch (CheckpointException e) {
      return false;
    }
  }

  private static boolean isWithoutOthers(Path folder) {
    if (BESIDE.stream().map(folder::resolve).anyMatch(Files::exists)) {
      return false;
    }
    try (Stream<Path> inside = Files.list(folder)) {
      return inside
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> WEIGHTS.matcher(name).matches())
          .allMatch(Checkpoints::isBesideTrained);
    } catch (IOException e) {
      throw new CheckpointException("folder '" + folder + "' cannot be read: " + e.getMessage(), e);
    }
  }

  /** Why it is no prior, as one line. */
  public static CheckpointException refusal(Path folder) {
    return new CheckpointException(
        ("'%s' is an autoencoder of latents alone (%s), expected a prior of its latents: train one"
                + " with it as `latent`, or put a network that was trained on them beside it")
            .formatted(folder, CLASS));
  }

  private static DiffusersAutoencoder read(Path folder) {
    JsonSettings config =
        JsonSettings.in(folder, CONFIG)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        folder.resolve(CONFIG) + " is missing: expected that of an AutoencoderKL"));
    config.word("_class_name", CLASS, List.of(CLASS));
    config.word("act_fn", "silu", List.of("silu", "swish"));
    config.words("down_block_types", DOWN, DOWN);
    config.words("up_block_types", UP, UP);
    for (String key : List.of("latents_mean", "latents_std")) {
      if (config.has(key)) {
        throw config.wrong(key, "null: latents are scaled by one scaling_factor");
      }
    }
    double factor = config.has("scaling_factor") ? config.number("scaling_factor") : 0.18215;
    if (factor == 0) {
      throw config.wrong("scaling_factor", "a number that is not 0");
    }
    return new DiffusersAutoencoder(
        DiffusersPrior.weights(folder),
        config.integer("latent_channels", 4, 1, MOST_CHANNELS),
        config.integer("norm_num_groups", 32, 1, MOST_CHANNELS),
        factor,
        config.has("shift_factor") ? config.number("shift_factor") : 0);
  }

  /**
   * Loads it.
   *
   * @throws CheckpointException if its weights do not fit
   */
  public Autoencoder load(Device device) {
    try (TensorStore store = Parts.open(weights)) {
      AutoencoderKl network = AutoencoderKl.load(store, groups, device);
      if (network.latentChannels() != channels) {
        network.close();
        throw new CheckpointException(
            "%s makes latents of %d channels, its config.json says latent_channels %d"
                .formatted(weights, network.latentChannels(), channels));
      }
      return new ScaledAutoencoder(network, factor, shift);
    }
  }

  /** One line on it; refuses what {@link #load} would refuse. */
  public String describe() {
    try (TensorStore store = Parts.open(weights)) {
      return AutoencoderKl.describe(store, groups);
    }
  }

  /**
   * What its latents are.
   *
   * @param side of them; null where nothing tells
   * @throws CheckpointException as {@link #load}
   */
  public LatentShape latents(Integer side) {
    try (TensorStore store = Parts.open(weights)) {
      return new LatentShape(channels, side, AutoencoderKl.layout(store, groups).downsampling());
    }
  }

  /** Whether a part of a pipeline is one. */
  static boolean isOne(String part) {
    return Stream.of("vae AutoencoderKL", "vqvae AutoencoderKL").anyMatch(part::equals);
  }
}
