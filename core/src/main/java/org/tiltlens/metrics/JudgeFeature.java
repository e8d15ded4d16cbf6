package org.tiltlens.metrics;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Noise;

/**
 * The one feature of a judge, a network that did not guide, that goes with a unit's score on
 * natural images; and how much of a rise of the score it sees too.
 *
 * <pre>
 *   j    = argmax_k |corr(f_k, s)|                      on one half of the corpus
 *   b    = cov(f_j, s) / var(f_j)                       on the other, held out
 *   seen = b (E_w[f_j] - E[f_j]) / (E_w[s] - E[s])
 * </pre>
 *
 * <p>E is the mean of the held-out half, E_w the (weighted) mean of the images asked about: the
 * feature's rise, in units of the score by its regression on the corpus, over the score's own. A
 * judge that equals the score sees 1, one whose feature stays where it was sees 0: details that
 * only the guiding network answers to (adversarial ones, Szegedy et al. 2014, arXiv 1312.6199) do
 * not transfer. <em>Natural</em> images of a high score do not give 1 either but, where f_j and s
 * are jointly normal, the squared correlation: compare with {@link #seen(double[], double[][],
 * LogWeights)} of the corpus itself under the weights of its exact tilt. Neither the correlation
 * nor the regression comes from the half on which the feature was chosen.
 *
 * <p>Standard errors are by the delta method, of the images asked about and of the held-out half,
 * as if drawn independently:
 *
 * <pre>
 *   se^2 = ESS / (ESS - 1) sum_i w_i^2 g_i^2 + sum_k h_k^2 / N^2
 *   g_i = (b (f_i - E_w[f]) - seen (s_i - E_w[s])) / rise
 *   h_k = ((f_k - E[f]) (e_k rise_f / var(f) - b) + seen (s_k - E[s])) / rise
 * </pre>
 *
 * <p>with rise = E_w[s] - E[s], rise_f that of the feature, and e the regression's residuals.
 * Immutable.
 */
public final class JudgeFeature {
  private static final int FEWEST = 8;

  private final int index;

  /** Feature and score of the images of the corpus on which the feature was not chosen. */
  private final PairedSample heldOut;

  private JudgeFeature(int index, PairedSample heldOut) {
    this.index = index;
    this.heldOut = heldOut;
  }

  /**
   * Chooses the feature on a corpus.
   *
   * @param scores s of each image, at least 8
   * @param features rows, one per image, of the judge's features
   * @param seed of the halves
   * @throws IllegalArgumentException if there are too few images, their numbers differ, a number is
   *     not finite, or there is nothing to correlate: the scores are all equal, or the feature is
   *     constant on the held-out half
   */
  public static JudgeFeature of(double[] scores, double[][] features, long seed) {
    requireRows(scores, features, FEWEST);
    int[] order =
        Arrays.stream(Noise.permutation(seed, 0, 0, scores.length))
            .mapToInt(Math::toIntExact)
            .toArray();
    int[] fitted = Arrays.copyOf(order, scores.length / 2);
    int[] others = Arrays.copyOfRange(order, scores.length / 2, scores.length);
    double[] strengths =
        IntStream.range(0, features[0].length)
            .mapToDouble(j -> Math.abs(pairs(scores, features, j, fitted).correlation()))
            .toArray();
    int best =
        IntStream.range(0, strengths.length)
            .reduce((a, b) -> strengths[b] > strengths[a] ? b : a)
            .orElseThrow();
    PairedSample heldOut = pairs(scores, features, best, others);
    if (heldOut.varianceX() == 0 || heldOut.varianceY() == 0) {
      throw new IllegalArgumentException(
          "%s on %d images of the corpus: nothing can go with it, give more or other images"
              .formatted(
                  heldOut.varianceY() == 0
                      ? "the score is always " + heldOut.meanY()
                      : "the judge's feature " + best + " is always " + heldOut.meanX(),
                  others.length));
    }
    return new JudgeFeature(best, heldOut);
  }

  private static PairedSample pairs(
      double[] scores, double[][] features, int feature, int[] images) {
    return PairedSample.of(
        Arrays.stream(images).mapToDouble(i -> features[i][feature]).toArray(),
        Arrays.stream(images).mapToDouble(i -> scores[i]).toArray());
  }

  private static void requireRows(double[] scores, double[][] features, int atLeast) {
    if (scores.length != features.length) {
      throw new IllegalArgumentException(
          scores.length
              + " scores and the features of "
              + features.length
              + " images: expected both of each image");
    }
    FeatureRows.require(features, atLeast);
    for (double score : scores) {
      if (!Double.isFinite(score)) {
        throw new IllegalArgumentException("a score is " + score + ": all must be finite");
      }
    }
  }

  /** Which of the judge's features it is, from 0. */
  public int index() {
    return index;
  }

  /** Its correlation with the score, on the held-out half. */
  public Estimate correlation() {
    return heldOut.correlationWithError();
  }

  /** The share of the rise that it sees, of images of equal weight. */
  public Optional<Estimate> seen(double[] scores, double[][] features) {
    return seen(scores, features, LogWeights.uniform(scores.length));
  }

  /**
   * The share of the score's rise above the corpus' mean that the feature sees.
   *
   * @param scores s of each image, at least 2
   * @param features rows of all of the judge's features, one per image
   * @param weights one per image, at least two of them above 0
   * @return empty if the score did not rise
   * @throws IllegalArgumentException if their numbers differ, one is not finite, or all weight is
   *     on one image
   */
  public Optional<Estimate> seen(double[] scores, double[][] features, LogWeights weights) {
    requireRows(scores, features, 2);
    if (index >= features[0].length) {
      throw new IllegalArgumentException(
          "images of " + features[0].length + " features: expected the judge's, with " + index);
    }
    double[] relative = weights.values();
    if (relative.length != scores.length
        || Arrays.stream(relative).filter(weight -> weight > 0).count() < 2) {
      throw new IllegalArgumentException(
          "%d weights of %d images: expected one each, at least two of them above 0"
              .formatted(relative.length, scores.length));
    }
    double[] feature = Arrays.stream(features).mapToDouble(row -> row[index]).toArray();
    double rise = mean(scores, relative) - heldOut.meanY();
    return rise > 0 ? Optional.of(seen(relative, scores, feature, rise)) : Optional.empty();
  }

  private Estimate seen(double[] weights, double[] scores, double[] feature, double rise) {
    double slope = heldOut.slope();
    double meanScore = mean(scores, weights);
    double meanFeature = mean(feature, weights);
    double featureRise = meanFeature - heldOut.meanX();
    double seen = slope * featureRise / rise;
    double squares = 0;
    double ofImages = 0;
    for (int i = 0; i < scores.length; i++) {
      double moved = slope * (feature[i] - meanFeature) - seen * (scores[i] - meanScore);
      squares += weights[i] * weights[i];
      ofImages += Math.pow(weights[i] * moved, 2);
    }
    double ofCorpus = 0;
    for (int k = 0; k < heldOut.size(); k++) {
      double f = heldOut.x()[k];
      double s = heldOut.y()[k];
      double residual = s - slope * f;
      double moved = f * (residual * featureRise / heldOut.varianceX() - slope) + seen * s;
      ofCorpus += Math.pow(moved / heldOut.size(), 2);
    }
    // ESS / (ESS - 1), of ESS = 1 / sum w^2.
    double variance = ofImages / (1 - squares) + ofCorpus;
    return new Estimate(seen, Math.sqrt(variance) / rise);
  }

  private static double mean(double[] values, double... weights) {
    double mean = 0;
    for (int i = 0; i < values.length; i++) {
      mean += weights[i] * values[i];
    }
    return mean;
  }
}
