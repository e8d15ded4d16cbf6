/**
 * The command {@code compare}: the methods side by side, measured in one way.
 *
 * <pre id="compare">{@code
 * CompareSpec spec =
 *     CompareSpec.of(bundle, List.of(3, 5), Target.percentile(90)) // two features
 *         .withMethods(Method.of("top_k"), Method.of("tilt")) // without it all of them
 *         .withPilots(null) // no pilot runs: the corpus' own betas
 *         .withCount(2)
 *         .withMeasures(
 *             MeasureSpec.USUAL.withReference(
 *                 20)); // images of the same mean score to compare with
 * CompareResult result = Jobs.COMPARE.run(spec, EXECUTION, folder, Progress.SILENT);
 * result.results().forEach(cell -> System.out.println(cell.method() + " " + cell.feature()));
 * }</pre>
 */
package org.tiltlens.compare;
