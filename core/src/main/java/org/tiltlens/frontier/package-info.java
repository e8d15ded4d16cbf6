/**
 * The command {@code frontier}: the score each method reaches, against how far it goes from the
 * natural images.
 *
 * <pre id="frontier">{@code
 * FrontierSpec spec =
 *     new FrontierSpec(
 *         bundle.root(),
 *         3, // the feature
 *         List.of(0.5), // betas; none for the usual percentiles'
 *         2,
 *         4, // particles
 *         List.of(), // no constant scales
 *         List.of(30, 9),
 *         List.of(2, 4),
 *         bundle.manifest().respacing(),
 *         45);
 * FrontierResult result = Jobs.FRONTIER.run(spec, EXECUTION, folder, Progress.SILENT);
 * for (FrontierPoint point : result.pointsOf(FrontierMethod.TWISTED)) {
 *   System.out.println(point.mean() + " at a KL of " + point.kl());
 * }
 * }</pre>
 */
package org.tiltlens.frontier;
