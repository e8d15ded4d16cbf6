/**
 * The command {@code retrieve}: the corpus' own images of a unit, weighted by its tilt.
 *
 * <pre id="retrieve">{@code
 * RetrievalSpec spec = RetrievalSpec.of(bundle, "feature:3@pre", Target.percentile(90));
 * RetrievalResult result = Jobs.RETRIEVE.run(spec, EXECUTION, folder, Progress.SILENT);
 * System.out.println("KL " + result.results().get(0).kl() + " of at most log N");
 * }</pre>
 */
package org.tiltlens.retrieve;
