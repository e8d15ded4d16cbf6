package org.tiltlens.measuring;

/**
 * What one image does to one unit.
 *
 * @param score of the unit
 * @param scoreAfterActivation the score after the dictionary's activation function; null if the
 *     unit is no feature
 * @param percentile of the score among the corpus' scores, in [0, 100]; null where they are not
 *     known
 * @param map rows of the unit's whole activation map, also where only one place of it counts
 */
public record UnitReading(
    double score, Double scoreAfterActivation, Double percentile, double[][] map) {}
