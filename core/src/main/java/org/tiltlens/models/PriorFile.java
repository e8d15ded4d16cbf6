package org.tiltlens.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.Device;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.DiffusersPrior;
import org.tiltlens.unet.EdmCheckpoint;

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

  /** Option: how far a class-conditional network goes beyond itself; see {@link ClassifierFree}. */
  private static final String SCALE = "guidance_scale";

  /** Options without which a network draws other images: a pool's must be its run's. */
  public static final List<String> MEANINGS = List.of("label", SCALE, "prediction", "sigma_data");

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
          PART);

  /** Of training alone: they change nothing here. */
  private static final Set<String> TRAINING = Set.of("use_checkpoint", "use_fp16", "dropout");

  private static final Set<String> DIFFUSERS =
      Set.of("image_size", "sigma_small", "clip_denoised", "prediction", "label", SCALE);

  private static final Set<String> EDM =
      Set.of("sigma_data", "sigma_small", "clip_denoised", "label", SCALE, PART);

  private static final Set<String> ADM =
      KNOWN.stream().filter(name -> !name.equals("sigma_data")).collect(Collectors.toSet());

  private PriorFile() {}

  /** An option that nobody reads would mislead who gave it. */
  private static void requireRead(Map<String, String> stated, Set<String> read, String what) {
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
    return DiffusersPrior.in(Named.resolve(name))
        .map(
            prior ->
                prior
                    .schedule()
                    .map(trained -> new Trained(trained.name(), trained.steps()))
                    .orElseThrow(
                        () ->
                            new SpecException(
                                "'%s' has no scheduler_config.json, which says its noise schedule:"
                                    + " put it there, or give {schedule} and {baseSteps}",
                                name)));
  }

  /**
   * How a prior was trained.
   *
   * @param schedule for {@link NoiseSchedule#named}
   * @param baseSteps how many steps it has
   */
  public record Trained(String schedule, int baseSteps) {}

  /**
   * One line on a prior; empty if it is none.
   *
   * @param store its tensors
   * @throws CheckpointException if it is one that cannot be loaded
   */
  static Optional<String> describe(Path path, TensorStore store) {
    return DiffusersPrior.in(path)
        .map(prior -> prior.describe(store))
        .or(() -> EdmCheckpoint.describe(store))
        .or(() -> AdmCheckpoint.describe(store));
  }

  /** The file or folder that holds the tensors of a prior or any other model. */
  static Path tensors(Path path) {
    return DiffusersPrior.in(path).map(DiffusersPrior::weights).orElse(path);
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
   */
  record Network(Denoiser denoiser, DiffusionPrior.Options options) implements AutoCloseable {
    /** Of a network that follows its classes as strongly as is said, if it is. */
    static Network of(
        Denoiser denoiser, DiffusionPrior.Options options, Map<String, String> stated) {
      String said = stated.get(SCALE);
      try {
        return new Network(said == null ? denoiser : guided(denoiser, options, said), options);
      } catch (IllegalArgumentException e) {
        denoiser.close();
        throw e;
      }
    }

    private static Denoiser guided(Denoiser denoiser, DiffusionPrior.Options options, String said) {
      if (options.labels().filter(ClassLabels::isOfClasses).isEmpty()) {
        throw new IllegalArgumentException(
            "option " + SCALE + " '" + said + "' needs classes to follow: give label=K too");
      }
      try {
        double scale = Double.parseDouble(said);
        // At 1 one pass says it.
        return scale == 1 ? denoiser : new ClassifierFree(denoiser, scale);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "option " + SCALE + ": '" + said + "' is no number, such as 1.5", e);
      }
    }

    @Override
    public void close() {
      denoiser.close();
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

  private static Network opened(Path path, Map<String, String> stated, Device device) {
    Optional<DiffusersPrior> diffusers = DiffusersPrior.in(path);
    if (diffusers.isPresent()) {
      requireRead(stated, DIFFUSERS, "a diffusers folder, whose files say it");
      DiffusionPrior.Options read = diffusers.get().options(stated);
      return Network.of(diffusers.get().load(device), read, stated);
    }
    try (TensorStore whole = Parts.open(path)) {
      TensorStore store =
          Optional.ofNullable(stated.get(PART)).map(AdmCheckpoint.parts(whole)::only).orElse(whole);
      Map<String, String> options = new TreeMap<>(store.metadata());
      options.putAll(stated);
      if (EdmCheckpoint.isOne(store)) {
        requireRead(stated, EDM, "a network of EDM, whose tensors say it");
        DiffusionPrior.Options read = EdmCheckpoint.options(store, options);
        return Network.of(EdmCheckpoint.load(store, options, device), read, options);
      }
      AdmUnetConfig config = AdmCheckpoint.recognise(store, options);
      requireRead(stated, ADM, "an ADM checkpoint");
      config.requireAgrees(stated);
      DiffusionPrior.Options read = AdmCheckpoint.options(config, options);
      return Network.of(AdmUnet.load(store, config, device), read, options);
    }
  }
}
