package org.tiltlens.synthesis;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;

/**
 * A method that climbs to an image, step by step: activation maximisation in its many forms.
 *
 * <p>What it shows is a point, not a distribution: close to the highest score under the method's
 * parametrisation and penalties, which stand in for p (Zhou et al. 2026, arXiv 2605.17504). An
 * ascent can be stopped, saved and continued after any step without changing a bit.
 *
 * <p>Images that are climbed to together have noise and random transforms of their own, and the
 * gradient of a sum of their losses is that of each: they are those of alone, but for the rounding
 * of a batch.
 */
public interface Ascent extends Climb, Synthesizer {
  /**
   * The images that a state stands for: (N, 3, H, W) in [-1, 1], each as of {@link #synthesize}.
   */
  Tensor image(AscentState state);

  /**
   * The same at the size that the model takes: the images themselves, unless a method says
   * otherwise.
   */
  default Tensor picture(AscentState state) {
    return image(state);
  }

  /** What its images are to score high on. */
  Score score();

  /**
   * The scores of a finished image in the ascent's own frame: of views such as its steps looked at,
   * which need not be the picture as it is. Their mean is what the ascent reached.
   *
   * <p>Random numbers of views are those of no step; where each view is scored alone, its score is
   * a function of (seed, sample, view), whatever else is drawn or asked for.
   *
   * @param done one image; its seed and sample name the random numbers
   * @param views how many, at least 1
   * @param together how many go through the model together, at least 1; changes them by rounding
   * @return one number per view; one in all, the picture's, where steps look at nothing else
   */
  default double[] viewScores(AscentState done, int views, int together) {
    return Views.scores(score(), 1, together, view -> picture(done));
  }

  /**
   * How much each pixel mattered to the steps so far, {@code sum_n |d loss_n / d image|}, for
   * methods that keep it: (N, 3, H, W), at least 0, each as of {@link #synthesize}.
   */
  default Optional<Tensor> transparency(AscentState state) {
    return Optional.empty();
  }

  @Override
  default Tensor synthesize(long seed, int sample) {
    AscentState now = start(seed, sample);
    while (!isDone(now)) {
      now = advance(now);
    }
    try (AscentState done = now) {
      return image(done);
    }
  }
}
