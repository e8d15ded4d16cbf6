package org.tiltlens.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.LatentPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.dit.DitCheckpoint;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.Device;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.DiffusersAutoencoder;
import org.tiltlens.unet.DiffusersPrior;
import org.tiltlens.unet.DiffusersTextPrior;
import org.tiltlens.unet.EdmCheckpoint;
import org.tiltlens.unet.LatentCheckpoint;
import org.tiltlens.unet.LatentShape;

/**
 * Opens a diffusion prior: an ADM checkpoint, whose tensors tell the network and options the rest,
 * a diffusers folder, whose settings tell all, or a network of EDM.
 *
 * <p>Options have guided-diffusion's names ({@code image_size}, {@code num_head_channels}, {@code
 * sigma_small}, ...) and may stand in the checkpoint's own metadata; {@code label} tells a
 * class-conditional network which classes to draw and {@code guidance_scale} how strongly it
 * follows them, {@code prediction} what a network's output is, {@code part} which of several
 * networks is meant.
 */
public final class PriorFile {
  /** Option: which of a file's networks to take; see {@link Parts}. */
  public static final String PART = "part";

  /** Option: the tokenizer of one that is told a text and does not bring it. */
  public static final String TOKENIZER = "tokenizer";

  /** Option: how far a network goes beyond itself; see {@link ClassifierFree}. */
  private static final String SCALE = Prompt.SCALE;

  /** Option: how many of a diffusion transformer's channels go beyond; 3 in DiT's own code. */
  private static final String CHANNELS = "guidance_channels";

  /** Options without which a network draws other images: a pool's must be its run's. */
  public static final List<String> MEANINGS =
      List.of(
          "label",
          Prompt.TEXT,
          Prompt.NEGATIVE,
          SCALE,
          CHANNELS,
          "prediction",
          "sigma_data",
          "scale_factor");

  /** guided-diffusion's options; the tensors show most of them, but a user may state them all. */
  private static final Set<String> KNOWN =
      Set.of(
          "image_size",
          "num_channels",
          "num_res_blocks",
          "channel_mult",
          "learn_sigma",
          "class_cond",
          "use_checkpoint",
          "attention_resolutions",
          "num_heads",
          "num_head_channels",
          "num_heads_upsample",
          "use_scale_shift_norm",
          "dropout",
          "resblock_updown",
          "use_fp16",
          "use_new_attention_order",
          "sigma_small",
          "rescale_timesteps",
          "clip_denoised",
          "label",
          SCALE,
          "prediction",
          "predict_xstart",
          "sigma_data",
          "scale_factor",
          Prompt.TEXT,
          Prompt.NEGATIVE,
          TOKENIZER,
          CHANNELS,
          PART);

  /** Of training alone: they change nothing here. */
  private static final Set<String> TRAINING = Set.of("use_checkpoint", "use_fp16", "dropout");

  private static final Set<String> DIFFUSERS =
      Set.of("image_size", "sigma_small", "clip_denoised", "prediction", "label", SCALE);

  private static final Set<String> EDM =
      Set.of("sigma_data", "sigma_small", "clip_denoised", "label", SCALE, PART);

  private static final Set<String> DIT = Set.of("num_heads", "label", SCALE, CHANNELS);

  /** Of a prior that is told a text alone. */
  private static final List<String> TOLD = List.of(Prompt.TEXT, Prompt.NEGATIVE, TOKENIZER);

  private static final Set<String> ADM =
      KNOWN.stream()
          .filter(name -> !TOLD.contains(name))
          .filter(name -> !List.of("sigma_data", "scale_factor", CHANNELS).contains(name))
          .collect(Collectors.toSet());

  private static final Set<String> LATENT =
      KNOWN.stream()
          .filter(name -> !TOLD.contains(name))
          .filter(name -> !List.of("sigma_data", CHANNELS, PART).contains(name))
          .collect(Collectors.toSet());

  private PriorFile() {}

  /**
   * The files and folders that a prior is read from, as its spec names them: its own, and its
   * tokenizer's where the options name one.
   */
  public static List<String> names(String prior, Map<String, String> options) {
    return Stream.of(prior, options.get(TOKENIZER)).filter(Objects::nonNull).toList();
  }

  /** An option that nobody reads would mislead who gave it. */
  static void requireRead(Map<String, String> stated, Set<String> read, String what) {
    for (String name : new TreeSet<>(stated.keySet())) {
      if (!read.contains(name) && !TRAINING.contains(name)) {
        throw new IllegalArgumentException(
            "`priorOption` %s=%s has no meaning for %s: leave it out"
                .formatted(name, stated.get(name), what));
      }
    }
  }

  /** The steps that are taken of the schedule a prior was trained with. */
  public static NoiseSchedule schedule(String name, int baseSteps, String respacing) {
    return NoiseSchedule.named(name, baseSteps).respaced(respacing);
  }

  /**
   * The noise schedule that a prior's own files name; empty if they name none, as ADM checkpoints.
   *
   * @param name of the prior, as in a spec
   * @throws SpecException if it is a kind of prior whose files should
   */
  public static Optional<Trained> trained(String name) {
    Path path = Named.resolve(name);
    return DiffusersPrior.in(path)
        .map(DiffusersPrior::schedule)
        .or(() -> DiffusersTextPrior.in(path).map(DiffusersTextPrior::schedule))
        .map(
            schedule ->
                schedule
                    .map(trained -> new Trained(trained.name(), trained.steps()))
                    .orElseThrow(
                        () ->
                            new SpecException(
                                "'%s' has no scheduler_config.json, which says its noise schedule:"
                                    + " put it there, or give {schedule} and {baseSteps}",
                                name)))
        .or(() -> latent(path));
  }

  /** The same; empty, too, where the files of such a kind do not say it. */
  static Optional<Trained> toldBySelf(String name) {
    try {
      return trained(name);
    } catch (SpecException e) {
      // Then somebody else has to.
      return Optional.empty();
    }
  }

  /** Of a checkpoint of latent diffusion, which holds its betas. */
  private static Optional<Trained> latent(Path path) {
    if (Checkpoints.isProgram(path)) {
      return Optional.empty();
    }
    try (TensorStore store = Parts.open(path)) {
      return LatentCheckpoint.isOne(store) || LatentCheckpoint.isText(store)
          ? LatentCheckpoint.schedule(store)
              .map(schedule -> new Trained(schedule, LatentCheckpoint.steps(store)))
          : Optional.empty();
    } catch (CheckpointException e) {
      // Of a folder, whoever opens it says what is wrong.
      if (Files.isDirectory(path)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * How a prior was trained.
   *
   * @param schedule for {@link NoiseSchedule#named}
   * @param baseSteps how many steps it has
   */
  public record Trained(String schedule, int baseSteps) {
    /** Relative difference of two shares of noise that are written in other digits. */
    private static final double ROUNDING = 1e-4;

    /** Whether another is the same, however its numbers are written. */
    boolean isSame(Trained other) {
      if (equals(other)) {
        return true;
      }
      NoiseSchedule one = NoiseSchedule.named(schedule, baseSteps);
      NoiseSchedule two = NoiseSchedule.named(other.schedule, other.baseSteps);
      return baseSteps == other.baseSteps
          && IntStream.range(0, one.steps())
              .allMatch(
                  t ->
                      Math.abs(one.alphaCumprod(t) - two.alphaCumprod(t))
                          <= ROUNDING * one.alphaCumprod(t));
    }
  }

  /**
   * One line on a prior, or on an autoencoder that waits for one; empty if it is neither.
   *
   * @param store its tensors
   * @throws CheckpointException if it is one that cannot be loaded
   */
  static Optional<String> describe(Path path, TensorStore store) {
    return DiffusersAutoencoder.alone(path)
        .map(
            autoencoder -> autoencoder.describe() + ", which has no prior of its latents beside it")
        .or(() -> DiffusersPrior.in(path).map(prior -> prior.describe(store)))
        .or(() -> TextPrior.describe(path, store))
        .or(() -> transformer(path, store))
        .or(() -> LatentCheckpoint.describe(store))
        .or(() -> EdmCheckpoint.describe(store))
        .or(() -> AdmCheckpoint.describe(store));
  }

  /** A diffusion transformer in a folder with the autoencoder of its latents. */
  private static Optional<String> transformer(Path path, TensorStore store) {
    return DiffusersAutoencoder.in(path)
        .flatMap(
            autoencoder ->
                DitCheckpoint.describe(store)
                    .map(
                        network ->
                            network
                                + ", decoded by an AutoencoderKL of %d channels"
                                    .formatted(autoencoder.channels())));
  }

  /**
   * The latents of a prior that is of such; empty of others.
   *
   * @param store its tensors
   * @throws CheckpointException if it cannot be loaded
   */
  static Optional<LatentShape> latents(Path path, TensorStore store) {
    Optional<DiffusersPrior> diffusers = DiffusersPrior.in(path);
    if (diffusers.isPresent()) {
      return diffusers.get().latents();
    }
    return DiffusersTextPrior.in(path)
        .map(DiffusersTextPrior::latents)
        .or(
            () ->
                DiffusersAutoencoder.in(path)
                    .filter(beside -> DitCheckpoint.isOne(store))
                    .map(beside -> beside.latents(DitCheckpoint.side(store))))
        .or(() -> LatentCheckpoint.latents(store));
  }

  /**
   * What is to be known of bits per dimension by a prior of latents, in one line; empty for others.
   *
   * @param name as in a spec
   */
  public static Optional<String> noteOnBits(String name) {
    Path path = Named.resolve(name);
    if (Checkpoints.isProgram(path)) {
      return Optional.empty();
    }
    try (TensorStore store = Parts.open(tensors(path))) {
      return latents(path, store)
          .map(
              shape ->
                  "bits/dim are a bound for the latent, per dimension of the latent: they may be"
                      + " negative, and are not to be held against those of pixels");
    }
  }

  /** The file or folder that holds the tensors of a prior or any other model. */
  static Path tensors(Path path) {
    return DiffusersAutoencoder.alone(path)
        .map(DiffusersAutoencoder::weights)
        .or(() -> DiffusersPrior.in(path).map(DiffusersPrior::weights))
        .or(() -> DiffusersTextPrior.in(path).map(DiffusersTextPrior::weights))
        .orElse(path);
  }

  /** Refuses options nobody would look at. */
  public static void check(Map<String, String> options) {
    for (String name : options.keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown prior option '"
                + name
                + "': use one of "
                + String.join(", ", new TreeSet<>(KNOWN)));
      }
    }
  }

  /**
   * A prior's network, and how it was trained.
   *
   * @param denoiser the network
   * @param options what its file and a spec say
   * @param autoencoder of its latents, if it is of those
   */
  record Network(
      Denoiser denoiser, DiffusionPrior.Options options, Optional<Autoencoder> autoencoder)
      implements AutoCloseable {
    /**
     * Of a network that follows its classes as strongly as is said, if it is.
     *
     * @param loading not begun where what is said cannot be
     */
    static Network of(
        Supplier<? extends Denoiser> loading,
        DiffusionPrior.Options options,
        Map<String, String> stated) {
      if (stated.containsKey(CHANNELS) && !stated.containsKey(SCALE)) {
        throw new SpecException(
            "{priorOption} %s=%s has no meaning without guidance: give {cfg} too",
            CHANNELS, stated.get(CHANNELS));
      }
      if (stated.containsKey(SCALE)
          && options.labels().filter(ClassLabels::isOfClasses).isEmpty()) {
        throw new SpecException(
            "{cfg} %s needs a text or classes to follow, and the prior is told none: give"
                + " {priorOption} label=K if it knows classes, or leave {cfg} out",
            stated.get(SCALE));
      }
      Denoiser denoiser = loading.get();
      try {
        Denoiser guided = stated.containsKey(SCALE) ? guided(denoiser, stated) : denoiser;
        return new Network(guided, options, Optional.empty());
      } catch (IllegalArgumentException e) {
        denoiser.close();
        throw e;
      }
    }

    /** The same of latents; closed if what opens their autoencoder fails. */
    Network of(Supplier<Optional<Autoencoder>> latents) {
      try {
        return new Network(denoiser, options, latents.get());
      } catch (RuntimeException | Error e) {
        close();
        throw e;
      }
    }

    /** The prior by a schedule. */
    Prior prior(NoiseSchedule schedule) {
      Prior own = new DiffusionPrior(denoiser, schedule, options);
      return autoencoder.<Prior>map(decoder -> new LatentPrior(own, decoder)).orElse(own);
    }

    private static Denoiser guided(Denoiser denoiser, Map<String, String> stated) {
      String said = stated.get(SCALE);
      try {
        double scale = Double.parseDouble(said);
        // At 1 one pass says it.
        return scale == 1
            ? denoiser
            : new ClassifierFree(denoiser, scale, channels(denoiser, stated));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "option " + SCALE + ": '" + said + "' is no number, such as 1.5", e);
      }
    }

    private static int channels(Denoiser denoiser, Map<String, String> stated) {
      int all = Math.toIntExact(denoiser.imageShape()[0]);
      String said = stated.getOrDefault(CHANNELS, Integer.toString(all));
      try {
        return Integer.parseInt(said);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "option %s: '%s' is no whole number from 1 to %d".formatted(CHANNELS, said, all), e);
      }
    }

    @Override
    public void close() {
      denoiser.close();
      autoencoder.ifPresent(Autoencoder::close);
    }
  }

  /**
   * Opens a prior's network.
   *
   * @param stated what a spec says of it, before what its file says
   */
  static Network open(Path path, Map<String, String> stated, Device device) {
    return ModelKind.PRIOR.open(path, () -> opened(path, stated, device));
  }

  /** Refuses a text for a prior that is told none. */
  static void requireUntold(Path path, Map<String, String> stated) {
    for (String name : TOLD) {
      if (stated.containsKey(name)) {
        String field = name.equals(TOKENIZER) ? "{priorOption} " + name : "{" + name + "}";
        throw new SpecException(
            field
                + " '%s': the prior '%s' is told no text: leave it out, or give one that is (a"
                + " pipeline or checkpoint of Stable Diffusion)",
            stated.get(name),
            path);
      }
    }
  }

  private static Network opened(Path path, Map<String, String> stated, Device device) {
    requireUntold(path, stated);
    if (DiffusersAutoencoder.alone(path).isPresent()) {
      throw DiffusersAutoencoder.refusal(path);
    }
    Optional<DiffusersPrior> diffusers = DiffusersPrior.in(path);
    if (diffusers.isPresent()) {
      requireRead(stated, DIFFUSERS, "a diffusers folder, whose files say it");
      DiffusionPrior.Options read = diffusers.get().options(stated);
      return Network.of(() -> diffusers.get().load(device), read, stated)
          .of(() -> diffusers.get().autoencoder(device));
    }
    try (TensorStore whole = Parts.open(path)) {
      TensorStore store =
          Optional.ofNullable(stated.get(PART)).map(AdmCheckpoint.parts(whole)::only).orElse(whole);
      Map<String, String> options = new TreeMap<>(store.metadata());
      options.putAll(stated);
      if (EdmCheckpoint.isOne(store)) {
        requireRead(stated, EDM, "a network of EDM, whose tensors say it");
        DiffusionPrior.Options read = EdmCheckpoint.options(store, options);
        return Network.of(() -> EdmCheckpoint.load(store, options, device), read, options);
      }
      Optional<DiffusersAutoencoder> beside = DiffusersAutoencoder.in(path);
      if (DitCheckpoint.isOne(store) && beside.isPresent()) {
        requireRead(stated, DIT, "a diffusion transformer");
        DiffusionPrior.Options read = DitCheckpoint.options(store, options);
        Network network =
            Network.of(() -> DitCheckpoint.load(store, options, device), read, options);
        return network.of(() -> Optional.of(decoder(beside.get(), network.denoiser(), device)));
      }
      if (LatentCheckpoint.isOne(store)) {
        requireRead(stated, LATENT, "a checkpoint of latent diffusion");
        AdmUnetConfig latent = LatentCheckpoint.recognise(store, options);
        latent.requireAgrees(stated);
        DiffusionPrior.Options read = LatentCheckpoint.options(latent, options);
        return Network.of(() -> LatentCheckpoint.load(store, latent, device), read, options)
            .of(() -> Optional.of(LatentCheckpoint.autoencoder(store, options, device)));
      }
      AdmUnetConfig config = AdmCheckpoint.recognise(store, options);
      requireRead(stated, ADM, "an ADM checkpoint");
      config.requireAgrees(stated);
      DiffusionPrior.Options read = AdmCheckpoint.options(config, options);
      return Network.of(() -> AdmUnet.load(store, config, device), read, options);
    }
  }

  private static Autoencoder decoder(DiffusersAutoencoder beside, Denoiser network, Device device) {
    if (beside.channels() != network.imageShape()[0]) {
      throw new CheckpointException(
          "%s has latents of %d channels, expected the transformer's %d"
              .formatted(beside.weights(), beside.channels(), network.imageShape()[0]));
    }
    return beside.load(device);
  }
}
