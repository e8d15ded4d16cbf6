/**
 * The command {@code retrieve}: the corpus' own images of a unit, weighted by its tilt.
 *
 * <pre id="retrieve">{@code
 * ModelFiles models = bundle.models();
 * RetrievalSpec spec =
 *     new RetrievalSpec(
 *         models.vision(),
 *         models.visionOptions(),
 *         models.hook(),
 *         models.dictionary(),
 *         "feature:3@pre",
 *         "mix:0.7",
 *         0.5, // the central half of the map
 *         bundle.corpus(),
 *         bundle.manifest().framing(),
 *         Integer.MAX_VALUE,
 *         null, // beta follows from the target
 *         Target.percentile(90),
 *         RetrievalSpec.Order.DRAWN,
 *         16,
 *         45);
 * RetrievalResult result = Jobs.RETRIEVE.run(spec, EXECUTION, folder, Progress.SILENT);
 * System.out.println("KL " + result.results().get(0).kl() + " of at most log N");
 * }</pre>
 */
package org.tiltlens.retrieve;
