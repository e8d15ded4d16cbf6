package org.tiltlens.study;

import java.util.List;
import org.tiltlens.annealing.Rung;

/**
 * How exact samples were had.
 *
 * @param poolPaths unguided paths that they started from
 * @param poolEss effective number of these at the run's beta
 * @param particles how many were annealed, or drawn from the pool
 * @param ancestors how many paths of the pool they descend from
 * @param distinct how many different paths they are
 * @param evaluations of the prior's network, without the pool's; a way back counts as two
 * @param rungs the tilts on the way, the last one theirs, and what was accepted at each
 */
public record AnnealedReport(
    int poolPaths,
    double poolEss,
    int particles,
    int ancestors,
    int distinct,
    long evaluations,
    List<Rung> rungs) {
  public AnnealedReport {
    rungs = rungs == null ? List.of() : List.copyOf(rungs);
  }
}
