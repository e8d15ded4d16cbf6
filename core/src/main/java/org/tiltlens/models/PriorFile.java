package org.tiltlens.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
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
 * <p>What else is to be known of it, its files do not say, and {@link KnownPriorOptions} does.
 */
public final class PriorFile {
  private PriorFile() {}

  /**
   * The files and folders that a prior is read from, as its spec names them: its own, and its
   * tokenizer's where the options name one.
   */
  public static List<String> names(String prior, Map<String, String> options) {
    return Stream.of(prior, options.get(KnownPriorOptions.TOKENIZER))
        .filter(Objects::nonNull)
        .toList();
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
    if (DiffusersAutoencoder.alone(path).isPresent()) {
      return Optional.empty(); // nothing draws them
    }
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

  /**
   * Opens a prior's network.
   *
   * @param stated what a spec says of it, before what its file says
   */
  static PriorNetwork open(Path path, Map<String, String> stated, Device device) {
    return ModelKind.PRIOR.open(path, () -> opened(path, stated, device));
  }

  private static PriorNetwork opened(Path path, Map<String, String> stated, Device device) {
    KnownPriorOptions.requireUntold(path, stated);
    if (DiffusersAutoencoder.alone(path).isPresent()) {
      throw DiffusersAutoencoder.refusal(path);
    }
    Optional<DiffusersPrior> diffusers = DiffusersPrior.in(path);
    if (diffusers.isPresent()) {
      KnownPriorOptions.requireRead(
          stated, KnownPriorOptions.DIFFUSERS, "a diffusers folder, whose files say it");
      DiffusionPrior.Options read = diffusers.get().options(stated);
      return PriorNetwork.of(() -> diffusers.get().load(device), read, stated)
          .of(() -> diffusers.get().autoencoder(device));
    }
    try (TensorStore whole = Parts.open(path)) {
      TensorStore store =
          Optional.ofNullable(stated.get(KnownPriorOptions.PART))
              .map(AdmCheckpoint.parts(whole)::only)
              .orElse(whole);
      Map<String, String> options = new TreeMap<>(store.metadata());
      options.putAll(stated);
      if (EdmCheckpoint.isOne(store)) {
        KnownPriorOptions.requireRead(
            stated, KnownPriorOptions.EDM, "a network of EDM, whose tensors say it");
        DiffusionPrior.Options read = EdmCheckpoint.options(store, options);
        return PriorNetwork.of(() -> EdmCheckpoint.load(store, options, device), read, options);
      }
      Optional<DiffusersAutoencoder> beside = DiffusersAutoencoder.in(path);
      if (DitCheckpoint.isOne(store) && beside.isPresent()) {
        KnownPriorOptions.requireRead(stated, KnownPriorOptions.DIT, "a diffusion transformer");
        DiffusionPrior.Options read = DitCheckpoint.options(store, options);
        PriorNetwork network =
            PriorNetwork.of(() -> DitCheckpoint.load(store, options, device), read, options);
        return network.of(() -> Optional.of(decoder(beside.get(), network.denoiser(), device)));
      }
      if (LatentCheckpoint.isOne(store)) {
        KnownPriorOptions.requireRead(
            stated, KnownPriorOptions.LATENT, "a checkpoint of latent diffusion");
        AdmUnetConfig latent = LatentCheckpoint.recognise(store, options);
        latent.requireAgrees(stated);
        DiffusionPrior.Options read = LatentCheckpoint.options(latent, options);
        return PriorNetwork.of(() -> LatentCheckpoint.load(store, latent, device), read, options)
            .of(() -> Optional.of(LatentCheckpoint.autoencoder(store, options, device)));
      }
      AdmUnetConfig config = AdmCheckpoint.recognise(store, options);
      KnownPriorOptions.requireRead(stated, KnownPriorOptions.ADM, "an ADM checkpoint");
      config.requireAgrees(stated);
      DiffusionPrior.Options read = AdmCheckpoint.options(config, options);
      return PriorNetwork.of(() -> AdmUnet.load(store, config, device), read, options);
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
