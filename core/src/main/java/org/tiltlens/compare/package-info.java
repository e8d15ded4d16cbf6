/**
 * The command {@code compare}: the methods side by side, measured in one way.
 *
 * <pre id="compare">{@code
 * CompareSpec spec =
 *     new CompareSpec(
 *         bundle.root(),
 *         List.of(3, 5), // features
 *         List.of(Method.of("top_k"), Method.of("tilt")),
 *         2,
 *         Target.percentile(90),
 *         null, // no pilot runs: the corpus' own betas
 *         8,
 *         bundle.manifest().respacing(),
 *         Map.of(), // the methods' own settings
 *         null,
 *         20, // images of the same mean score to compare with
 *         45);
 * CompareResult result = Jobs.COMPARE.run(spec, EXECUTION, folder, Progress.SILENT);
 * result.results().forEach(cell -> System.out.println(cell.method() + " " + cell.feature()));
 * }</pre>
 */
package org.tiltlens.compare;
