/**
 * Units inside a vision model and the one number per image that says how strongly they respond.
 *
 * <pre>{@code
 * SparseDictionary dictionary = SparseDictionary.open(Path.of("transcoder"), Device.CPU);
 * Unit unit = Unit.parse("feature:81@pre", Optional.of(dictionary));
 * Score score =
 *     new UnitScore(model, dictionary.hookPoint(), unit, new SpatialReduction.Mix(0.7), new CentralCrop(0.5));
 * Tensor scores = score.of(images); // (N, 3, H, W) in [-1, 1] -> (N)
 * }</pre>
 */
package org.tiltlens.feature;
