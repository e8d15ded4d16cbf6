package org.tiltlens.study;

import java.util.List;
import java.util.Locale;
import org.tiltlens.feature.Objective;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.tilting.Certificate;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;

/**
 * What unguided paths of the prior say of the tilt that guided images are held against: log Z and
 * KL by their weights, which know of no guidance, and with them the {@link Certificate}.
 *
 * <p>Images that follow no tilt are held against the one of the same mean: what their path KL has
 * beyond the least that such a mean costs.
 *
 * @param pool what is tilted, of each path
 */
record ToldByPool(ScoreSample pool) {

  /**
   * The run's numbers with the pool's in them, as far as it can tell.
   *
   * @param known what the images, and a ladder if there is one, told
   * @param beta the run's; null without a tilt
   */
  Estimates complete(
      Estimates known, Double beta, Objective objective, List<StudyResult.ImageResult> images) {
    double[] tilted = objective.of(StudyResult.ImageResult.scores(images));
    double mean = ScoreSample.of(tilted).tilted(0).mean();
    if (beta == null && !(mean > pool.min() && mean < pool.max())) {
      return known;
    }
    TiltedScores tilt = pool.tilted(beta == null ? Tilting.solve(pool, mean) : beta);
    if (tilt.ess() < ExactGuidance.BELIEVED) {
      return known;
    }
    TiltEstimate told = tilt.estimate();
    String estimator =
        String.format(
            Locale.ROOT,
            "importance weights of %d pool paths, %.0f effective",
            pool.size(),
            tilt.ess());
    double[] pathKls = StudyResult.ImageResult.pathKls(images);
    Estimated certificate =
        pathKls == null
            ? null
            : certified(
                Certificate.bound(pathKls, tilted, tilt.beta(), told.logZ()),
                (beta == null
                        ? String.format(
                            Locale.ROOT,
                            "at the pool's tilt of this mean, beta %.4g, ",
                            tilt.beta())
                        : "")
                    + "log Z by "
                    + estimator);
    return new Estimates(
        known.meanScore(),
        known.pathKl(),
        beta == null ? known.kl() : Estimated.of(told.kl(), estimator),
        beta == null ? known.logZ() : Estimated.of(told.logZ(), estimator),
        certificate);
  }

  /**
   * A certificate with what it is made of, and what a negative one says.
   *
   * @param how what log Z is from
   */
  static Estimated certified(Estimate bound, String how) {
    String below =
        bound.value() >= 0
            ? ""
            : bound.covers(0, 2)
                ? "; below 0 within its error, as 0 would be"
                : "; below 0 by more than its error: log Z is off";
    return Estimated.of(bound, "path KL - beta E[s] + log Z, " + how + below);
  }
}
