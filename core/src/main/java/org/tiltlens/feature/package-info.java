/**
 * Units inside a vision model and the one number per image that says how strongly they respond.
 *
 * <pre id="feature">{@code
 * try (SparseDictionary dictionary = SparseDictionary.open(transcoder, Device.CPU);
 *     VisionModel model =
 *         VisionCheckpoint.open(network, Device.CPU, Optional.of(dictionary.hookPoint()));
 *     Scope scope = Scope.open()) {
 *   Unit unit = Unit.parse("feature:3@pre", Optional.of(dictionary));
 *   SpatialReduction toNumber = new SpatialReduction.Mix(0.7);
 *   UnitScore score =
 *       new UnitScore(model, dictionary.hookPoint(), unit, toNumber, new CentralCrop(0.5));
 *   Tensor images = Tensors.zeros(2, 3, 64, 64); // (N, 3, H, W) in [-1, 1]
 *   values = Tensors.toDoubles(score.of(images)); // (N)
 * }
 * }</pre>
 */
package org.tiltlens.feature;
