package org.tiltlens.unet;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A checkpoint of CompVis/latent-diffusion that holds a whole model in one file: the UNet ({@code
 * model.diffusion_model.*}), its autoencoder ({@code first_stage_model.*}) and its schedule ({@code
 * betas}).
 *
 * <p>Its UNet is an ADM UNet of latents where it is told nothing or a class, and a {@link
 * ConditionalUnet} where it is told a text ({@code cond_stage_model.*}, of Stable Diffusion 1).
 */
public final class LatentCheckpoint {
  /** Of the autoencoder; what stands before it is the checkpoint's prefix. */
  public static final String FIRST_STAGE = "first_stage_model.";

  private static final String LANDMARK = FIRST_STAGE + "decoder.conv_in.weight";

  /** Of the UNet. */
  public static final String UNET = "model.diffusion_model.";

  /** What latents are scaled by. */
  public static final String SCALE = "scale_factor";

  /** The schedule. */
  public static final String BETAS = "betas";

  /** Of the autoencoder's normalisations, which nothing in it tells. */
  public static final int GROUPS = 32;

  private static final int MOST_STEPS = 1_000_000;

  private LatentCheckpoint() {}

  /** Whether a checkpoint holds both, and is told no text. */
  public static boolean isOne(TensorStore store) {
    return !isTold(store) && hasBoth(store);
  }

  /** Whether a checkpoint holds both, and is told a text or the like. */
  public static boolean isText(TensorStore store) {
    return isTold(store) && hasBoth(store);
  }

  private static boolean isTold(TensorStore store) {
    return store.entries().keySet().stream()
        .anyMatch(name -> name.contains(".transformer_blocks."));
  }

  private static boolean hasBoth(TensorStore store) {
    return parts(store).prefixes().stream()
        .anyMatch(prefix -> store.entries().containsKey(prefix + UNET + "time_embed.0.weight"));
  }

  private static Parts parts(TensorStore store) {
    return Parts.of(store, LANDMARK);
  }

  private static String prefix(TensorStore store) {
    return parts(store).usual("autoencoders", Parts.OF_PRIOR);
  }

  private static TensorStore unet(TensorStore store) {
    return store.under(prefix(store) + UNET);
  }

  /**
   * The options that the tensors show, completed by {@code image_size}, the side of the latents,
   * and {@code num_head_channels} or {@code num_heads}.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if it is none
   * @throws IllegalArgumentException if options are missing or wrong
   */
  public static AdmUnetConfig recognise(TensorStore store, Map<String, String> options) {
    return AdmCheckpoint.recogniseLatents(unet(store), options);
  }

  /** Loads the UNet. */
  public static Denoiser load(TensorStore store, AdmUnetConfig config, Device device) {
    return AdmUnet.load(unet(store), config, device);
  }

  /**
   * Loads the UNet of one that is told a text.
   *
   * @param options as {@link ConditionalUnet#load(TensorStore, Map, Device)}
   */
  public static ConditionalUnet loadText(
      TensorStore store, Map<String, String> options, Device device) {
    return ConditionalUnet.load(unet(store), options, device);
  }

  /**
   * Side of the latents of one that is told a text, {@code image_size}, which no tensor shows.
   *
   * @throws IllegalArgumentException if it is not given, or is no side
   */
  public static int side(TensorStore store, Map<String, String> options) {
    return DiffusersTextPrior.side(options, -1, store.source());
  }

  /** How one that is told a text is to be sampled: by the small variance, and nothing clipped. */
  public static DiffusionPrior.Options textOptions(Map<String, String> options) {
    return DiffusersTextPrior.options(options, Predicts.EPSILON);
  }

  /**
   * Loads the autoencoder.
   *
   * @param options {@code scale_factor}, where the file has none
   * @throws IllegalArgumentException if it is needed and missing, or no number
   */
  public static Autoencoder autoencoder(
      TensorStore store, Map<String, String> options, Device device) {
    double factor = factor(store, options);
    TensorStore own = store.under(prefix(store) + FIRST_STAGE);
    return new ScaledAutoencoder(AutoencoderKl.load(own, GROUPS, device), factor, 0);
  }

  private static double factor(TensorStore store, Map<String, String> options) {
    String said = options.get(SCALE);
    if (said == null) {
      String name = prefix(store) + SCALE;
      TensorInfo info = store.entries().get(name);
      if (info == null || info.shape().stream().anyMatch(size -> size != 1)) {
        throw new IllegalArgumentException(
            ("the tensors of %s do not tell its %s: give `priorOption` %s=0.18215 (or whatever its"
                    + " config says)")
                .formatted(store.source(), SCALE, SCALE));
      }
      try (Scope scope = Scope.open()) {
        return store.load(name).item_double();
      }
    }
    try {
      double factor = Double.parseDouble(said);
      if (factor != 0 && Double.isFinite(factor)) {
        return factor;
      }
    } catch (NumberFormatException e) {
      // Said below, as for 0.
    }
    throw new IllegalArgumentException(
        "option %s: '%s', expected a finite number other than 0, such as 0.18215"
            .formatted(SCALE, said));
  }

  /**
   * How it is to be sampled, as {@link AdmCheckpoint#options} says but for what differs in latent
   * diffusion: the small variance, and nothing clipped.
   */
  public static DiffusionPrior.Options options(AdmUnetConfig config, Map<String, String> options) {
    Map<String, String> said = new TreeMap<>(options);
    said.putIfAbsent("sigma_small", "True");
    said.putIfAbsent("clip_denoised", "False");
    return AdmCheckpoint.options(config, said);
  }

  /**
   * The noise schedule that it was trained with, for {@link
   * org.tiltlens.diffusion.NoiseSchedule#named}; empty if it has no {@code betas}.
   */
  public static Optional<String> schedule(TensorStore store) {
    String name = prefix(store) + BETAS;
    TensorInfo info = store.entries().get(name);
    if (info == null
        || info.shape().size() != 1
        || info.shape().get(0) < 2
        || info.shape().get(0) > MOST_STEPS) {
      return Optional.empty();
    }
    try (Scope scope = Scope.open()) {
      double[] betas = Tensors.toDoubles(Tensors.float64(store.load(name)));
      float first = (float) betas[0];
      float last = (float) betas[betas.length - 1];
      double step = (Math.sqrt(last) - Math.sqrt(first)) / (betas.length - 1);
      boolean scaled =
          IntStream.range(0, betas.length)
              .allMatch(
                  t -> {
                    double root = Math.sqrt(first) + t * step;
                    return Math.abs(root * root - betas[t]) <= 1e-5 * betas[t];
                  });
      return Optional.of(
          scaled
              ? "scaled_linear:" + first + ":" + last
              : IntStream.range(0, betas.length)
                  .mapToObj(t -> Double.toString(betas[t]))
                  .collect(Collectors.joining(",", "betas:", "")));
    }
  }

  /** Steps of {@link #schedule}. */
  public static int steps(TensorStore store) {
    return Math.toIntExact(store.entries().get(prefix(store) + BETAS).shape().get(0));
  }

  /** What its latents are, of no side, which no tensor shows; empty if it is none. */
  public static Optional<LatentShape> latents(TensorStore store) {
    if (!hasBoth(store)) {
      return Optional.empty();
    }
    AutoencoderLayout layout =
        AutoencoderKl.layout(store.under(prefix(store) + FIRST_STAGE), GROUPS);
    return Optional.of(new LatentShape(layout.latents(), null, layout.downsampling()));
  }

  /** One line on it; empty if it is none. */
  public static Optional<String> describe(TensorStore store) {
    if (!hasBoth(store)) {
      return Optional.empty();
    }
    TensorStore own = unet(store);
    String autoencoder = AutoencoderKl.describe(store.under(prefix(store) + FIRST_STAGE), GROUPS);
    return Optional.of(
        "latent diffusion of %s, decoded by an %s"
            .formatted(
                isTold(store) ? ConditionalUnet.describe(own) : AdmCheckpoint.describeLatents(own),
                autoencoder));
  }
}
