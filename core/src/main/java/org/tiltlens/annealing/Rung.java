package org.tiltlens.annealing;

import java.util.ArrayList;
import java.util.List;

/**
 * One tilt of an annealed run.
 *
 * @param beta the tilt
 * @param ess effective number of particles when they were reweighted to it; of the whole pool at
 *     the first
 * @param moves what was proposed there, in order
 */
public record Rung(double beta, double ess, List<Tally> moves) {
  public Rung {
    moves = List.copyOf(moves);
  }

  /**
   * How far the moves have taken what is tilted, in all: with variance v, a trace of {@code exp(-
   * travelled / 2v)} is left of where they began.
   */
  double travelled() {
    return moves.stream().mapToDouble(Tally::jump).sum();
  }

  /** Mean of what is tilted after the last move. */
  double mean() {
    return moves.get(moves.size() - 1).mean();
  }

  Rung plus(Tally tally) {
    List<Tally> longer = new ArrayList<>(moves);
    longer.add(tally);
    return new Rung(beta, ess, longer);
  }
}
