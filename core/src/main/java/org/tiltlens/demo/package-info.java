/**
 * The command {@code demo}: a gallery of what a bundle's features respond to.
 *
 * <pre id="demo">{@code
 * DemoSpec spec =
 *     new DemoSpec(
 *         bundle.root(),
 *         1, // how many features
 *         1,
 *         List.of(90.0), // percentiles that the images aim at
 *         null, // no pilot runs: the corpus' own betas
 *         1,
 *         bundle.manifest().respacing(),
 *         45);
 * DemoResult result = Jobs.DEMO.run(spec, EXECUTION, folder, Progress.SILENT); // index.html
 * System.out.println(result.features().get(0).feature());
 * }</pre>
 */
package org.tiltlens.demo;
