package org.tiltlens.tilting;

import java.util.List;

/**
 * The tilt of a run and where it comes from.
 *
 * @param beta the tilt's strength; null without a tilt
 * @param target the activation and the percentile aimed at; null if beta was given
 * @param corpusBeta the beta of the corpus: {@code sum_i w_i s_i = M}, {@code w_i ∝ exp(beta s_i)};
 *     null without a target
 * @param pilots the betas tried and the mean scores they reached, in order
 * @param standardError of beta, from the pilots' images; null without pilots, or where they cannot
 *     tell
 */
public record Aim(
    Double beta, Target target, Double corpusBeta, List<Pilot> pilots, Double standardError) {
  public Aim {
    pilots = List.copyOf(pilots);
  }

  /** Share of a deviation within which a mean score wanted is near 0. */
  private static final double NEAR_ZERO = 0.5;

  /**
   * What a miss of a mean score is measured in: that score, or near 0, where no share of it is
   * within reach, half a standard deviation of the corpus' scores.
   */
  public static double missUnit(double wanted, ScoreSample corpus) {
    return Math.max(Math.abs(wanted), NEAR_ZERO * deviation(corpus));
  }

  /** Standard deviation of the corpus' scores. */
  public static double deviation(ScoreSample corpus) {
    return Math.sqrt(corpus.tilted(0).variance());
  }

  /** A tilt that was given, or none. */
  public static Aim given(Double beta) {
    return new Aim(beta, null, null, List.of(), null);
  }

  /** Both names of a target: its activation and its percentile of the corpus' scores. */
  public static Target complete(Target wanted, ScoreSample scores) {
    return wanted.activation() != null
        ? new Target(wanted.activation(), scores.percentileOf(wanted.activation()))
        : new Target(scores.scoreAt(wanted.percentile()), wanted.percentile());
  }
}
