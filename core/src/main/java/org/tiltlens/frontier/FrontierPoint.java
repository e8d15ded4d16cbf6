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
 * @param families first particles of the twisted sampler with descendants; absent elsewhere
 * @param doubt why neither numbers nor errors can be trusted; absent where nothing speaks against
 *     it
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
    String doubt,
    Double leastKl,
    double seconds) {

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
        null,
        0);
  }

  /**
   * Of particles.
   *
   * @param left null where they descend from nothing
   * @param why why they cannot be trusted; null if nothing speaks against it
   */
  FrontierPoint ofFamilies(Integer left, String why) {
    return new FrontierPoint(
        method, setting, mean, meanSe, kl, klSe, estimator, images, left, why, leastKl, seconds);
  }

  FrontierPoint measured(Double least, double took) {
    return new FrontierPoint(
        method, setting, mean, meanSe, kl, klSe, estimator, images, families, doubt, least, took);
  }

  /** What was set, such as {@code beta 0.391}. */
  public String settingText() {
    return method.setting() + " " + Numbers.text(setting, "0.####");
  }
}
