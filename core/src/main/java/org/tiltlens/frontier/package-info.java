/**
 * The command {@code frontier}: the score each method reaches, against how far it goes from the
 * natural images.
 *
 * <pre id="frontier">{@code
 * FrontierSpec spec =
 *     FrontierSpec.of(bundle, 3) // the feature
 *         .withBetas(List.of(0.5)) // without it those of the usual percentiles
 *         .withPool(new PoolChoice.Drawn(40, 0)) // 40 paths for exact samples, not the usual ones
 *         .withScales(List.of()) // no constant guidance
 *         .withCount(2)
 *         .withParticles(4);
 * FrontierResult result = Jobs.FRONTIER.run(spec, EXECUTION, folder, Progress.SILENT);
 * for (FrontierPoint point : result.pointsOf(FrontierMethod.TWISTED)) {
 *   System.out.println(point.mean() + " at a KL of " + point.kl());
 * }
 * }</pre>
 */
package org.tiltlens.frontier;
