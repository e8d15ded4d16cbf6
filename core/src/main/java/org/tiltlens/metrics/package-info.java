/**
 * Numbers that say how natural, how varied and how faithful images are: pure functions of feature
 * vectors (one row per image), scores, classes and pixels.
 *
 * <pre id="metrics">{@code
 * FrechetDistance distance = FrechetDistance.to(natural); // rows: features of an image
 * Interval range = new Bootstrap(45).of(drawn.length, distance.resampling(drawn));
 * double kinds = VendiScore.of(drawn); // how many kinds of images there are
 * LogWeights tilt = LogWeights.of(logs); // such as beta s
 * ClassShares wanted = ClassShares.weighted(2, naturalLabels, tilt);
 * ClassDistance classes = ClassDistance.of(ClassShares.of(2, labels), wanted, new Bootstrap(45));
 * boolean others = classes.distance().value() > classes.floorHigh(); // beyond chance
 * }</pre>
 */
package org.tiltlens.metrics;
