package org.tiltlens.annealing;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which move comes next: the boldest that are still accepted now and then.
 *
 * <p>Learned from the rungs before alone: what is proposed at a tilt does not depend on what was
 * accepted there, so each move keeps that tilt exactly.
 *
 * @param levels where paths can be branched, ascending; the lowest are the boldest
 * @param guided beta of guided branches, as a share of the rung's; 0 for none
 */
record MovePlan(List<Integer> levels, double guided) {
  /** About where a Metropolis walk moves farthest (Roberts and Rosenthal 2001). */
  private static final double WANTED = 0.3;

  /** Below, a move is a waste; but the boldest alone go from one mode to another. */
  private static final double LEAST = 0.05;

  /** Above, it is too timid. */
  private static final double MOST = 0.7;

  /** Every so many moves is a walk of the noise, which alone moves x_T. */
  private static final int WALK_EVERY = 4;

  private static final double FIRST_WALK = 0.3;
  private static final double LEAST_WALK = 0.02;

  MovePlan {
    levels = List.copyOf(levels);
  }

  /**
   * The next move.
   *
   * @param rungs so far, the last one the present
   * @param sweep how many moves were made in all
   */
  PathMove next(List<Rung> rungs, int sweep) {
    List<Tally> known =
        rungs.stream().limit(rungs.size() - 1).flatMap(r -> r.moves().stream()).toList();
    if (levels.isEmpty() || sweep % WALK_EVERY == WALK_EVERY - 1) {
      return new PathMove.NoiseWalk(walk(known));
    }
    int turn = sweep - sweep / WALK_EVERY;
    List<Integer> useful = useful(known);
    int level = useful.get(turn % useful.size());
    return guided != 0 && turn % 2 == 1
        ? new PathMove.GuidedBranch(level, guided * rungs.get(rungs.size() - 1).beta())
        : new PathMove.Branch(level);
  }

  private List<Integer> useful(List<Tally> known) {
    List<Integer> useful =
        levels.stream()
            .filter(
                level -> {
                  double share = share(known, level);
                  return Double.isNaN(share) || (share >= LEAST && share <= MOST);
                })
            .toList();
    return useful.isEmpty()
        ? levels.stream()
            .min(Comparator.comparingDouble(level -> Math.abs(share(known, level) - WANTED)))
            .stream()
            .toList()
        : useful;
  }

  /** Accepted branches at a level, over the last ones tried; NaN without. */
  private static double share(List<Tally> known, int level) {
    Stream<Tally> there =
        known.stream()
            .filter(
                tally -> tally.move() instanceof PathMove.Branch && tally.move().kept() == level);
    return there.reduce((earlier, later) -> later).map(Tally::share).orElse(Double.NaN);
  }

  /** A step that grows while walks are accepted more often than wanted. */
  private static double walk(List<Tally> known) {
    double size = FIRST_WALK;
    for (Tally tally : known) {
      if (tally.move() instanceof PathMove.NoiseWalk) {
        size *= Math.exp(2 * (tally.share() - WANTED));
      }
    }
    return Math.max(LEAST_WALK, Math.min(1, size));
  }
}
