package org.tiltlens.annealing;

/**
 * How often a re-noising was accepted, and where it left the images.
 *
 * @param kept steps of the prior that were not taken again
 * @param proposed times, all images together
 * @param accepted of them
 * @param mean of what is tilted, over all images after the move
 */
public record RenoisingMove(int kept, int proposed, int accepted, double mean) {}
