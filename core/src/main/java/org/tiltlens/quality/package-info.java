/**
 * How good a photograph an image looks, with no reference to compare it with.
 *
 * <pre id="quality">{@code
 * try (QualiClip quality = QualiClip.open(file, Device.CPU);
 *     Scope scope = Scope.open()) {
 *   Tensor images = Tensors.zeros(2, 3, 64, 64); // (N, 3, H, W) in [-1, 1]
 *   scores = quality.of(images); // N numbers in [0, 1], more is better
 * }
 * }</pre>
 */
package org.tiltlens.quality;
