/**
 * The command {@code demo}: a gallery of what a bundle's features respond to.
 *
 * <pre id="demo">{@code
 * DemoSpec spec =
 *     DemoSpec.of(bundle)
 *         .withFeatures(1)
 *         .withCount(1)
 *         .withPercentiles(List.of(90.0)) // that the images aim at
 *         .guided(null) // plug-in guidance by the corpus' own betas: a first look
 *         .withUnguided(1);
 * DemoResult result = Jobs.DEMO.run(spec, EXECUTION, folder, Progress.SILENT); // index.html
 * System.out.println(result.features().get(0).feature());
 * }</pre>
 */
package org.tiltlens.demo;
