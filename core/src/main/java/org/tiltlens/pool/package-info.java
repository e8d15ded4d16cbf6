/**
 * Unguided paths of a prior, drawn once and shared by all units that are shown with it.
 *
 * <pre id="pool">{@code
 * StepsSpec steps = new StepsSpec(new StepsSpec.Ddpm(), "linear", 1000, "10");
 * PoolSpec spec = new PoolSpec(prior, Map.of(), steps, 4, PoolSpec.USUAL_SEED);
 * PoolRun.run(spec, Execution.onCpu(2), folder, Progress.SILENT);
 * PoolRun.run(spec.withCount(6), Execution.onCpu(2), folder, Progress.SILENT); // two more
 * try (Pool pool = Pool.open(folder)) {
 *   System.out.println(pool.size() + " natural images, a corpus like any other");
 * }
 * }</pre>
 */
package org.tiltlens.pool;
