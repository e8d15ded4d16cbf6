package org.tiltlens.models;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.LatentPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.run.SpecException;

/**
 * A prior's network, and how it was trained.
 *
 * @param denoiser the network
 * @param options what its file and a spec say
 * @param autoencoder of its latents, if it is of those
 */
record PriorNetwork(
    Denoiser denoiser, DiffusionPrior.Options options, Optional<Autoencoder> autoencoder)
    implements AutoCloseable {
  /**
   * Of a network that follows its classes as strongly as is said, if it is.
   *
   * @param loading not begun where what is said cannot be
   */
  static PriorNetwork of(
      Supplier<? extends Denoiser> loading,
      DiffusionPrior.Options options,
      Map<String, String> stated) {
    if (stated.containsKey(KnownPriorOptions.CHANNELS)
        && !stated.containsKey(KnownPriorOptions.SCALE)) {
      throw new SpecException(
          "{priorOption} %s=%s has no meaning without guidance: give {cfg} too",
          KnownPriorOptions.CHANNELS, stated.get(KnownPriorOptions.CHANNELS));
    }
    if (stated.containsKey(KnownPriorOptions.SCALE)
        && options.labels().filter(ClassLabels::isOfClasses).isEmpty()) {
      throw new SpecException(
          "{cfg} %s needs a text or classes to follow, and the prior is told none: give"
              + " {priorOption} label=K if it knows classes, or leave {cfg} out",
          stated.get(KnownPriorOptions.SCALE));
    }
    Denoiser denoiser = loading.get();
    try {
      Denoiser guided =
          stated.containsKey(KnownPriorOptions.SCALE) ? guided(denoiser, stated) : denoiser;
      return new PriorNetwork(guided, options, Optional.empty());
    } catch (IllegalArgumentException e) {
      denoiser.close();
      throw e;
    }
  }

  /** The same of latents; closed if what opens their autoencoder fails. */
  PriorNetwork of(Supplier<Optional<Autoencoder>> latents) {
    try {
      return new PriorNetwork(denoiser, options, latents.get());
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
    String said = stated.get(KnownPriorOptions.SCALE);
    try {
      double scale = Double.parseDouble(said);
      // At 1 one pass says it.
      return scale == 1
          ? denoiser
          : new ClassifierFree(denoiser, scale, channels(denoiser, stated));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "option " + KnownPriorOptions.SCALE + ": '" + said + "' is no number, such as 1.5", e);
    }
  }

  private static int channels(Denoiser denoiser, Map<String, String> stated) {
    int all = Math.toIntExact(denoiser.imageShape()[0]);
    String said = stated.getOrDefault(KnownPriorOptions.CHANNELS, Integer.toString(all));
    try {
      return Integer.parseInt(said);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "option %s: '%s' is no whole number from 1 to %d"
              .formatted(KnownPriorOptions.CHANNELS, said, all),
          e);
    }
  }

  @Override
  public void close() {
    denoiser.close();
    autoencoder.ifPresent(Autoencoder::close);
  }
}
