package org.tiltlens.frontier;

import org.tiltlens.page.Numbers;
import org.tiltlens.tilting.Estimate;

/**
 * Where one method stands at one setting: how strongly it drives the feature, and how far from the
 * natural images it goes.
 *
 * @param method the method
 * @param setting value of what its name in {@link FrontierMethod#setting} says
 * @param mean mean score, E_q[s]
 * @param meanSe its standard error
 * @param kl KL(q || p) in nats as the estimator has it; absent where that is not defined
 * @param klSe its standard error; absent with it
 * @param estimator what KL was estimated by, and from what
 * @param images images or particles behind the numbers
 * @param families first particles of the twisted sampler with descendants; absent elsewhere. With a
 *     handful, neither numbers nor errors can be trusted
 * @param leastKl the least KL to the corpus of any distribution on it with this mean: its tilt's;
 *     absent where no image of the corpus scores so high or low
 * @param seconds wall-clock seconds it took
 */
public record FrontierPoint(
    FrontierMethod method,
    double setting,
    double mean,
    double meanSe,
    Double kl,
    Double klSe,
    String estimator,
    long images,
    Integer families,
    Double leastKl,
    double seconds) {

  /** Families are what is independent between particles: errors of fewer are far too low. */
  private static final int FEWEST_FAMILIES = 5;

  /**
   * A point before it is known how long it took and what the corpus says of its mean.
   *
   * @param kl null where it is not defined
   */
  static FrontierPoint of(
      FrontierMethod method,
      double setting,
      Estimate mean,
      Estimate kl,
      String estimator,
      long images) {
    return new FrontierPoint(
        method,
        setting,
        mean.value(),
        mean.standardError(),
        kl == null ? null : kl.value(),
        kl == null ? null : kl.standardError(),
        estimator,
        images,
        null,
        null,
        0);
  }

  FrontierPoint withFamilies(int left) {
    return new FrontierPoint(
        method, setting, mean, meanSe, kl, klSe, estimator, images, left, leastKl, seconds);
  }

  FrontierPoint measured(Double least, double took) {
    return new FrontierPoint(
        method, setting, mean, meanSe, kl, klSe, estimator, images, families, least, took);
  }

  /** Whether enough first particles have descendants; true of methods without particles. */
  boolean hasFamilies() {
    return families == null || families >= FEWEST_FAMILIES;
  }

  /** What was set, such as {@code beta 0.391}. */
  public String settingText() {
    return method.setting() + " " + Numbers.text(setting, "0.####");
  }
}
