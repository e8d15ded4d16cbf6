/**
 * Numbers that say how natural, how varied and how faithful images are: pure functions of feature
 * vectors (one row per image), scores and pixels.
 *
 * <pre id="metrics">{@code
 * FrechetDistance distance = FrechetDistance.to(natural); // rows: features of an image
 * Interval range = new Bootstrap(45).of(drawn.length, distance.resampling(drawn));
 * double kinds = VendiScore.of(drawn); // how many kinds of images there are
 * }</pre>
 */
package org.tiltlens.metrics;
