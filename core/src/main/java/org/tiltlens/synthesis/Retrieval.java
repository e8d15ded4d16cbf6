package org.tiltlens.synthesis;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.tiltlens.tilting.LogWeights;

/**
 * Soft retrieval: images of a corpus that stand for q_beta, the exact tilt of the empirical p.
 *
 * <pre>
 *   w_i = exp(beta s_i) / sum_j exp(beta s_j)
 * </pre>
 *
 * <p>Source: the soft constraint of Zhou et al. 2026 (arXiv 2605.17504) on a finite corpus; top-K
 * retrieval is its hard counterpart ({@link org.tiltlens.tilting.HardTruncation}). What the weights
 * say of q_beta, and how far that can be trusted, is in {@link org.tiltlens.tilting.TiltedScores}.
 *
 * @param weights w_i of every image
 */
public record Retrieval(LogWeights weights) {

  /**
   * The weights of images with these scores.
   *
   * @param scores s of every image
   * @param beta tilt strength, finite
   */
  public static Retrieval of(List<Double> scores, double beta) {
    return new Retrieval(LogWeights.of(scores.stream().mapToDouble(s -> beta * s).toArray()));
  }

  /**
   * Images drawn by weight, independently and with replacement: samples of q_beta.
   *
   * @return indices into the scores; the first are the same whatever the count
   */
  public List<Integer> drawn(int count, long seed) {
    double[] uniform = new Random(seed).doubles(count).toArray();
    return Arrays.stream(weights.draw(uniform)).boxed().toList();
  }

  /**
   * The images of the largest weights, heaviest first; equals in the scores' order.
   *
   * @param count how many; all if there are fewer
   */
  public List<Integer> ranked(int count) {
    return topK(Arrays.stream(weights.logs()).boxed().toList(), count);
  }

  /**
   * Top-K retrieval: the images of the highest scores, highest first; equals in the scores' order.
   *
   * @param scores s of every image, none NaN
   * @param count K; all if there are fewer
   * @return indices into the scores
   */
  public static List<Integer> topK(List<Double> scores, int count) {
    return IntStream.range(0, scores.size())
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores.get(i)))
        .limit(count)
        .toList();
  }
}
