package org.tiltlens.study;

import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tilting;

/**
 * The tilt that a corpus says reaches a target: beta with {@code sum_i w_i s_i = M}, {@code w_i ∝
 * exp(beta s_i)} over the corpus' scores.
 *
 * <p>Exact for the corpus as p. For the prior's samples it is a first estimate, as good as the
 * prior is like the corpus and as plug-in guidance is like the tilt.
 *
 * @param beta the tilt's strength
 * @param target the activation and the percentile aimed at
 */
record CorpusTilt(double beta, Target target) {

  /**
   * Solves for beta.
   *
   * @throws IllegalArgumentException if no tilt of these scores reaches the target
   */
  static CorpusTilt towards(Target wanted, ScoreSample scores) {
    double activation =
        wanted.activation() != null ? wanted.activation() : scores.scoreAt(wanted.percentile());
    double percentile =
        wanted.activation() != null ? scores.percentileOf(activation) : wanted.percentile();
    return new CorpusTilt(Tilting.solve(scores, activation), new Target(activation, percentile));
  }
}
