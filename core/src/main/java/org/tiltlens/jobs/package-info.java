/**
 * Every command by its name: a spec in, a finished folder and its result out.
 *
 * <pre id="first">{@code
 * StudySpec spec =
 *     StudySpec.exact(Bundle.embedded(), "feature:117@pre", Target.percentile(97))
 *         .withCount(4); // samples of q_beta itself, from the bundle's pool
 * StudyResult result = Jobs.VISUALIZE.run(spec, Execution.onCpu(2), folder, Progress.SILENT);
 * Estimates found = result.results().get(0).estimates(); // beside 4 images in the folder
 * System.out.printf("mean %.2f, KL %.2f%n", found.meanScore().value(), found.kl().value());
 * }</pre>
 */
package org.tiltlens.jobs;
