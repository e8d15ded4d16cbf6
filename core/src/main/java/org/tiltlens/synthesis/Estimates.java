package org.tiltlens.synthesis;

import org.tiltlens.tilting.Estimate;

/**
 * What a run estimates of the distribution it drew from; absent where it cannot.
 *
 * @param meanScore E_q[s]
 * @param pathKl KL(path q || path p) in nats, an upper bound of KL(q || p)
 * @param kl KL(q_beta || p) in nats
 * @param logZ log E_p[exp(beta s)]
 * @param certificate an upper bound of KL(q || q_beta) in nats
 */
public record Estimates(
    Estimated meanScore, Estimated pathKl, Estimated kl, Estimated logZ, Estimated certificate) {

  /**
   * Of images that stand for q with equal weight.
   *
   * @param scores theirs
   * @param pathKls their path KLs; null if some are not known
   */
  public static Estimates of(double[] scores, double[] pathKls) {
    String estimator = "mean of " + scores.length + " images";
    return new Estimates(
        Estimated.of(Estimate.ofMean(scores), estimator),
        pathKls == null ? null : Estimated.of(Estimate.ofMean(pathKls), estimator),
        null,
        null,
        null);
  }

  /** Of weighted particles. */
  public static Estimates of(TwistedSamples samples) {
    String estimator = estimator(samples);
    return new Estimates(
        of(samples.meanScore(), estimator, samples.families()),
        null,
        of(samples.estimate().kl(), estimator, samples.families()),
        of(samples.estimate().logZ(), estimator, samples.families()),
        null);
  }

  /** The mean of a number of each particle. */
  public static Estimated mean(TwistedSamples samples, double... values) {
    return of(samples.mean(values), estimator(samples), samples.families());
  }

  private static String estimator(TwistedSamples samples) {
    long clouds = samples.clouds().stream().distinct().count();
    return "twisted sampler, %d particles%s"
        .formatted(samples.scores().size(), clouds == 1 ? "" : " in " + clouds + " clouds");
  }

  /** A single family of particles tells no error. */
  private static Estimated of(Estimate estimate, String estimator, int families) {
    return families > 1
        ? Estimated.of(estimate, estimator)
        : new Estimated(estimate.value(), null, estimator + ", all of one family");
  }
}
