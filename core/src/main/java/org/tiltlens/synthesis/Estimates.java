package org.tiltlens.synthesis;

import java.util.List;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.LogWeights;

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

  /**
   * The mean score of images of equal weight, of which those of one origin are relatives.
   *
   * @param scores theirs
   * @param origins what each descends from; images of different origins are independent
   */
  public static Estimated ofRelatives(double[] scores, List<Integer> origins) {
    List<Integer> families = origins.stream().distinct().toList();
    int[] eves = origins.stream().mapToInt(families::indexOf).toArray();
    Estimate mean =
        Genealogy.estimate(LogWeights.uniform(scores.length), eves, families.size(), scores, 0, 0)
            .mean();
    return Estimated.of(
        mean,
        "mean of %d images%s"
            .formatted(
                scores.length,
                families.size() == scores.length
                    ? ""
                    : " of %d %s"
                        .formatted(families.size(), families.size() == 1 ? "origin" : "origins")));
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
