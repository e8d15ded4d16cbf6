/**
 * The command {@code compose}: images of several units at once.
 *
 * <pre id="compose">{@code
 * BundleManifest manifest = bundle.manifest();
 * CompositionSpec spec =
 *     new CompositionSpec(
 *         bundle.models(),
 *         List.of(
 *             ComposedUnit.parse("feature:3@pre percentile=70"),
 *             ComposedUnit.parse("feature:5@pre hold")),
 *         "mix:0.7",
 *         0.5, // the central half of each map
 *         bundle.corpus(),
 *         manifest.framing(),
 *         Integer.MAX_VALUE,
 *         null, // no pilot runs: the corpus' own betas
 *         "tilt",
 *         null,
 *         "1",
 *         0, // no steps without guidance at the end
 *         manifest.noiseSchedule(),
 *         manifest.baseSteps(),
 *         manifest.respacing(),
 *         2,
 *         45);
 * CompositionResult result = Jobs.COMPOSE.run(spec, EXECUTION, folder, Progress.SILENT);
 * result.units().forEach(unit -> System.out.println(unit.unit() + ": beta " + unit.beta()));
 * }</pre>
 */
package org.tiltlens.compose;
