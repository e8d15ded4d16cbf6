package org.tiltlens.annealing;

/**
 * How often a move was accepted.
 *
 * @param move what was proposed
 * @param proposed times, all particles together
 * @param accepted of them
 */
public record Tally(PathMove move, int proposed, int accepted) {
  /** The share that was accepted. */
  double share() {
    return (double) accepted / proposed;
  }
}
