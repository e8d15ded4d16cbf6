package org.tiltlens.annealing;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

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
  private static final double MOST = 0.6;

  /** Every so many moves is a walk of the noise, which alone moves x_T. */
  private static final int WALK_EVERY = 4;

  private static final double FIRST_WALK = 0.3;
  private static final double LEAST_WALK = 0.02;

  /** Shares that say no more than that a move is always, or never, accepted. */
  private static final double NEVER = 0.01;

  private static final double ALWAYS = 0.98;

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
    double beta = rungs.get(rungs.size() - 1).beta();
    List<Past> past =
        rungs.stream()
            .limit(rungs.size() - 1)
            .flatMap(rung -> rung.moves().stream().map(tally -> new Past(rung.beta(), tally)))
            .toList();
    if (levels.isEmpty() || sweep % WALK_EVERY == WALK_EVERY - 1) {
      return new PathMove.NoiseWalk(walk(past, beta));
    }
    int turn = sweep - sweep / WALK_EVERY;
    List<Integer> useful = useful(past, beta);
    int level = useful.get(turn % useful.size());
    return guided != 0 && turn % 2 == 1
        ? new PathMove.GuidedBranch(level, guided * beta)
        : new PathMove.Branch(level);
  }

  /**
   * The next move where particles are as the tilt has them but copies: branches so late that they
   * are cheap and mostly accepted, and not so late that pictures stay the same.
   */
  PathMove parting(int sweep) {
    if (levels.isEmpty()) {
      return new PathMove.NoiseWalk(FIRST_WALK);
    }
    int size = levels.size();
    int first = size * 5 / 9;
    List<Integer> late = levels.subList(first, Math.max(size * 8 / 9, first + 1));
    return new PathMove.Branch(late.get(sweep % late.size()));
  }

  /** What became of a move at a tilt. */
  private record Past(double beta, Tally tally) {
    /**
     * What it lets expect at another: {@code exp(b (s' - s))} is refused the more, the larger b.
     */
    double logShare(double at) {
      double share = Math.max(NEVER, Math.min(ALWAYS, tally.share()));
      return Math.log(share) * (beta == 0 ? 1 : Math.abs(at / beta));
    }
  }

  private List<Integer> useful(List<Past> past, double beta) {
    List<Integer> useful =
        levels.stream()
            .filter(
                level -> {
                  double share = share(past, level, beta);
                  return Double.isNaN(share) || (share >= LEAST && share <= MOST);
                })
            .toList();
    return useful.isEmpty()
        ? levels.stream()
            .min(Comparator.comparingDouble(level -> Math.abs(share(past, level, beta) - WANTED)))
            .stream()
            .toList()
        : useful;
  }

  /** Branches at a level that are to be accepted, by the last ones tried; NaN without. */
  private static double share(List<Past> past, int level, double beta) {
    return last(past, move -> move instanceof PathMove.Branch branch && branch.kept() == level)
        .map(known -> Math.exp(known.logShare(beta)))
        .orElse(Double.NaN);
  }

  /** A step that is accepted as often as wanted: what is refused grows with it. */
  private static double walk(List<Past> past, double beta) {
    return last(past, PathMove.NoiseWalk.class::isInstance)
        .map(
            known ->
                ((PathMove.NoiseWalk) known.tally.move()).size()
                    * Math.log(WANTED)
                    / known.logShare(beta))
        .map(size -> Math.max(LEAST_WALK, Math.min(1, size)))
        .orElse(FIRST_WALK);
  }

  private static Optional<Past> last(List<Past> past, Predicate<PathMove> of) {
    return past.stream()
        .filter(known -> of.test(known.tally.move()))
        .reduce((earlier, later) -> later);
  }
}
