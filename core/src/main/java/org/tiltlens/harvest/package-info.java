/**
 * What the features of a dictionary do on a corpus, as rows of a table.
 *
 * <pre id="harvest">{@code
 * FeatureScores scores = new FeatureScores(model, dictionary.hookPoint(), dictionary);
 * new Harvest(corpus, scores).writeTo(table, "my model", new Lanes(2, 1), done -> {});
 * try (FeatureTable features = FeatureTable.open(table)) {
 *   FeatureStatistics feature = features.feature(3);
 *   beta = Tilting.solve(feature.sample(), feature.sample().scoreAt(97));
 * }
 * }</pre>
 */
package org.tiltlens.harvest;
