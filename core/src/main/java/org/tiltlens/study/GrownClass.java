package org.tiltlens.study;

/**
 * A class that a tilt shows more of than the prior, as a judge sees it.
 *
 * @param name the class
 * @param share of the tilt's images, by the pool's weights, in [0, 1]
 * @param standardError of it
 * @param prior its share of the prior's images
 */
public record GrownClass(String name, double share, double standardError, double prior) {}
