package org.tiltlens.annealing;

/**
 * How often a move was accepted, and where it left the particles.
 *
 * @param move what was proposed
 * @param proposed times, all particles together
 * @param accepted of them
 * @param mean of what is tilted, over all particles after the move
 */
public record Tally(PathMove move, int proposed, int accepted, double mean) {
  /** The share that was accepted. */
  double share() {
    return (double) accepted / proposed;
  }
}
