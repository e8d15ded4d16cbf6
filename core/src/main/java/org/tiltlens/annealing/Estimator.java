package org.tiltlens.annealing;

/**
 * How the estimate of a tilt was had.
 *
 * @param annealed whether by particles on their way from rung to rung, with genealogical errors;
 *     else by the importance weights of the pool, with the jackknife's
 * @param islands runs that were joined, 1 for one alone
 * @param particles of all islands
 * @param pool how many paths of the prior they began from
 */
public record Estimator(boolean annealed, int islands, int particles, int pool) {
  /** In words. */
  @Override
  public String toString() {
    return (annealed
            ? "annealed, %d particles from %d pool paths".formatted(particles, pool)
            : "importance weights of %d pool paths".formatted(pool))
        + (islands == 1 ? "" : ", on " + islands + " islands");
  }
}
