package org.tiltlens.training;

/**
 * What keeps a classifier of few photographs from learning them by heart.
 *
 * @param smallestCrop random resized crops (Szegedy et al. 2015) have at least this share of the
 *     image's area, in (0, 1], and sides of ratio 3 : 4 to 4 : 3; 1: whole images
 * @param jitter brightness, contrast and saturation are each multiplied by a number up to so far
 *     from 1, in [0, 1); 0: colours stay
 * @param erasing share of images of which a rectangle is made grey (random erasing, Zhong et al.
 *     2020), in [0, 1]
 * @param mixup alpha of mixup (Zhang et al. 2018), which averages two images and their labels with
 *     a weight of Beta(alpha, alpha), in [0, 1]; 0: none
 * @param cutmix alpha of CutMix (Yun et al. 2019), which pastes a part of another image, in [0, 1];
 *     0: none. With both, each step does one of them
 * @param stochasticDepth share of steps in which the last residual block is left out (Huang et al.
 *     2016), in [0, 1); less of the blocks before, in proportion, and none of the first
 */
public record Regularisation(
    double smallestCrop,
    double jitter,
    double erasing,
    double mixup,
    double cutmix,
    double stochasticDepth) {
  /** None: images as they are, all blocks in every step. */
  public static final Regularisation NONE = new Regularisation(1, 0, 0, 0, 0, 0);

  /**
   * For thousands of photographs and a hundred epochs: all of them, CutMix in half of the steps.
   */
  public static final Regularisation PHOTOGRAPHS = new Regularisation(0.3, 0.3, 0.25, 0.2, 1, 0.1);

  public Regularisation {
    require(smallestCrop > 0 && smallestCrop <= 1, "smallest crop", smallestCrop, "(0, 1]");
    require(jitter >= 0 && jitter < 1, "jitter", jitter, "[0, 1)");
    require(erasing >= 0 && erasing <= 1, "erasing", erasing, "[0, 1]");
    require(mixup >= 0 && mixup <= 1, "mixup", mixup, "[0, 1]");
    require(cutmix >= 0 && cutmix <= 1, "cutmix", cutmix, "[0, 1]");
    require(
        stochasticDepth >= 0 && stochasticDepth < 1, "stochastic depth", stochasticDepth, "[0, 1)");
  }

  private static void require(boolean holds, String name, double value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + ", must be in " + expected);
    }
  }
}
