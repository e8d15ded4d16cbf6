package org.tiltlens.annealing;

/**
 * How often a move was accepted, and where it left the particles.
 *
 * @param move what was proposed
 * @param proposed times, all particles together
 * @param accepted of them
 * @param mean of what is tilted, over all particles after the move
 * @param jump mean square of how far the move took what is tilted, over all particles; moves that
 *     leave no trace of where they began jump by twice the variance
 */
public record Tally(PathMove move, int proposed, int accepted, double mean, double jump) {
  /** The share that was accepted. */
  double share() {
    return (double) accepted / proposed;
  }
}
