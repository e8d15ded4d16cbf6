/**
 * Numbers that compare sets of images: pure functions of feature vectors, one row per image.
 *
 * <pre>{@code
 * double[][] natural = ..., drawn = ...; // (images, features)
 * double distance = FrechetDistance.between(natural, drawn);
 * }</pre>
 */
package org.tiltlens.metrics;
