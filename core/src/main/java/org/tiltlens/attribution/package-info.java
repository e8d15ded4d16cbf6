/**
 * Why a picture drives a unit: where in it the score comes from, and whether the unit goes by
 * shape, texture or colour.
 *
 * <pre>{@code
 * Tensor heat = new Occlusion(32, 16).of(score, image); // (1, 3, H, W) in [-1, 1] -> (H, W)
 * Reliance reliance = Reliance.of(score, topImages, 0, 45);
 * String words = reliance.reading(); // keeps 12 % when shuffled, ...: shape, not colour
 * }</pre>
 */
package org.tiltlens.attribution;
