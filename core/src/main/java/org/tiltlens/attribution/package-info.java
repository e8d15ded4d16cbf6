/**
 * Why a picture drives a unit: where in it the score comes from, and whether the unit goes by
 * shape, texture or colour.
 *
 * <pre id="attribution">{@code
 * Tensor image = topImages.narrow(0, 0, 1); // (1, 3, H, W) in [-1, 1]
 * Tensor heat = new Occlusion(32, 16).of(score, image); // (H, W)
 * Reliance reliance = Reliance.of(score, topImages, 0, 45);
 * String words = reliance.reading(); // keeps 12 % when shuffled, ...: shape, not colour
 * }</pre>
 */
package org.tiltlens.attribution;
