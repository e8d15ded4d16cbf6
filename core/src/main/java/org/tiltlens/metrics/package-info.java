/**
 * Numbers that say how natural, how varied and how faithful images are: pure functions of feature
 * vectors (one row per image), scores and pixels.
 *
 * <pre>{@code
 * double[][] natural = ..., drawn = ...; // (images, features)
 * FrechetDistance distance = FrechetDistance.to(natural);
 * Interval range = new Bootstrap(45).of(drawn.length, distance.resampling(drawn));
 * double kinds = VendiScore.of(drawn);
 * }</pre>
 */
package org.tiltlens.metrics;
