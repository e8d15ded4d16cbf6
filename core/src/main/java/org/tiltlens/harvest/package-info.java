/**
 * What the features of a dictionary do on a corpus, as rows of a table.
 *
 * <pre>{@code
 * Harvest harvest = new Harvest(corpus, new FeatureScores(model, hookPoint, dictionary));
 * harvest.writeTo(Path.of("features.parquet"), "my model", new Lanes(2, 1), images -> {});
 * try (FeatureTable table = FeatureTable.open(Path.of("features.parquet"))) {
 *   FeatureStatistics feature = table.feature(81);
 *   double beta = Tilting.solve(feature.sample(), feature.sample().scoreAt(97));
 * }
 * }</pre>
 */
package org.tiltlens.harvest;
