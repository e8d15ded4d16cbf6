package org.tiltlens.annealing;

import java.util.List;

/**
 * How far particles can get: no farther than where further tilts bring the goal next to no nearer.
 */
record Reach(Goal goal) {
  /** Tilts that are looked back on. */
  private static final int TILTS = 8;

  /** Share of the mean's whole way that counts as none for these. */
  private static final double NOTHING = 0.01;

  /** So many times as far as these went is too far: it would take about a hundred times as many. */
  private static final double FAR = 100;

  /** Whether the mean stays where it is, or the pace is that of a run without end. */
  boolean isPassed(List<Rung> rungs) {
    List<Rung> moved = rungs.stream().filter(rung -> !rung.moves().isEmpty()).toList();
    if (moved.size() <= TILTS + 1) {
      return false;
    }
    Rung now = moved.get(moved.size() - 1);
    Rung before = moved.get(moved.size() - 1 - TILTS);
    double rise = Math.signum(now.beta()) * (now.mean() - before.mean());
    return rise <= NOTHING * Math.abs(now.mean() - moved.get(0).mean())
        || ahead(now) > FAR * nearer(before, now, rise);
  }

  private double ahead(Rung now) {
    return goal instanceof Goal.Mean mean
        ? Math.abs(mean.mean() - now.mean())
        : Math.abs(((Goal.Beta) goal).beta() - now.beta());
  }

  private double nearer(Rung before, Rung now, double rise) {
    return goal instanceof Goal.Mean ? rise : Math.abs(now.beta() - before.beta());
  }
}
