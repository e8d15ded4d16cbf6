package org.tiltlens.tilting;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Finds the beta at which a sampler's mean score is the wanted one, from noisy means at a few
 * betas.
 *
 * <p>A sampler that is not exact (plug-in guidance) reaches another mean than the corpus' tilt of
 * the same beta, but still a higher one the stronger it tilts. So this is root finding on a
 * monotone function: first the corpus' own beta; then, while all means lie on one side of the goal,
 * the beta is scaled by what the corpus says it was short of,
 *
 * <pre>
 *   beta' = beta * beta_c(M) / beta_c(mean)        beta_c: the corpus' beta of a mean
 * </pre>
 *
 * <p>and between a mean below and one above the goal, by linear interpolation over log |beta|
 * (regula falsi). With the same noise at every beta (common random numbers) the means differ by
 * beta alone.
 */
public final class BetaSearch {
  private static final double LEAST_FACTOR = 1.25;
  private static final double MOST_FACTOR = 3;

  private final ScoreSample corpus;
  private final double goal;
  private final double first;

  /**
   * A search that starts from a corpus.
   *
   * @param goal the mean score wanted
   * @throws IllegalArgumentException if no tilt of the corpus reaches it
   */
  public BetaSearch(ScoreSample corpus, double goal) {
    this.corpus = corpus;
    this.goal = goal;
    first = Tilting.solve(corpus, goal);
  }

  /** The corpus' beta, where the search starts. */
  public double first() {
    return first;
  }

  /** The pilot whose mean is nearest to the goal, if it is as near as {@code tolerance}. */
  public Optional<Pilot> nearest(List<Pilot> pilots, double tolerance) {
    return pilots.stream()
        .min(Comparator.comparingDouble(this::miss))
        .filter(pilot -> miss(pilot) <= tolerance);
  }

  private double miss(Pilot pilot) {
    return Math.abs(pilot.meanScore() - goal);
  }

  /** The best beta given what is known: the next to try, or the answer. */
  public double next(List<Pilot> pilots) {
    if (first == 0 || pilots.isEmpty()) {
      return first;
    }
    // The weakest tilt that went far enough and the strongest weaker one that did not.
    Optional<Pilot> enough =
        pilots.stream().filter(this::passes).min(Comparator.comparing(BetaSearch::strength));
    Optional<Pilot> lacking =
        pilots.stream()
            .filter(pilot -> !passes(pilot))
            .filter(pilot -> enough.isEmpty() || strength(pilot) < strength(enough.get()))
            .max(Comparator.comparing(BetaSearch::strength));
    if (enough.isPresent() && lacking.isPresent()) {
      return between(lacking.get(), enough.get());
    }
    Pilot nearest = enough.or(() -> lacking).orElseThrow();
    return nearest.beta() * (passes(nearest) ? 1 / factor(nearest, -1) : factor(nearest, 1));
  }

  /**
   * How far the chance of the pilots' samples may have moved a beta (the delta method): the
   * standard error of the nearest pilot's mean, divided by how fast means rise with beta.
   *
   * <p>That slope is the one between the two nearest pilots, whose common noise cancels, or the
   * corpus' own, Var[s], for a single pilot and where the means do not rise. What a pilot that
   * counts as there still misses is not in it.
   *
   * @return empty without pilots, and where there is no slope
   */
  public OptionalDouble standardError(double beta, List<Pilot> pilots) {
    List<Pilot> near =
        pilots.stream()
            .sorted(Comparator.comparingDouble(pilot -> Math.abs(pilot.beta() - beta)))
            .toList();
    if (near.isEmpty()) {
      return OptionalDouble.empty();
    }
    double slope = near.size() == 1 ? 0 : slope(near.get(0), near.get(1));
    if (!(slope > 0 && Double.isFinite(slope))) {
      slope = corpus.tilted(first).variance();
    }
    double error = near.get(0).standardError() / slope;
    return Double.isFinite(error) ? OptionalDouble.of(error) : OptionalDouble.empty();
  }

  private static double slope(Pilot one, Pilot other) {
    return (one.meanScore() - other.meanScore()) / (one.beta() - other.beta());
  }

  private boolean passes(Pilot pilot) {
    return first > 0 ? pilot.meanScore() >= goal : pilot.meanScore() <= goal;
  }

  private static double strength(Pilot pilot) {
    return Math.abs(pilot.beta());
  }

  private double between(Pilot lacking, Pilot enough) {
    double share = (goal - lacking.meanScore()) / (enough.meanScore() - lacking.meanScore());
    double low = Math.log(strength(lacking));
    double high = Math.log(strength(enough));
    return Math.signum(first) * Math.exp(low + share * (high - low));
  }

  /**
   * How far from 1 to scale a beta: what the corpus says, within bounds.
   *
   * @param direction 1: the tilt is too weak; -1: too strong
   */
  private double factor(Pilot pilot, int direction) {
    double least = corpus.mean() + 1e-3 * (goal - corpus.mean());
    double mean =
        first > 0 ? Math.max(least, pilot.meanScore()) : Math.min(least, pilot.meanScore());
    if (!(mean > corpus.min() && mean < corpus.max())) {
      return MOST_FACTOR;
    }
    double ratio = first / Tilting.solve(corpus, mean);
    return Math.max(LEAST_FACTOR, Math.min(MOST_FACTOR, direction > 0 ? ratio : 1 / ratio));
  }
}
