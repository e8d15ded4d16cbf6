/**
 * The command {@code compose}: images of several units at once.
 *
 * <pre id="compose">{@code
 * CompositionSpec spec =
 *     CompositionSpec.tilted(bundle, "feature:3@pre percentile=70", "feature:5@pre hold")
 *         .withPilots(null) // no pilot runs: the corpus' own betas
 *         .withCount(2);
 * CompositionResult result = Jobs.COMPOSE.run(spec, EXECUTION, folder, Progress.SILENT);
 * result.units().forEach(unit -> System.out.println(unit.unit() + ": beta " + unit.beta()));
 * }</pre>
 */
package org.tiltlens.compose;
