/**
 * The command {@code visualize}: images of a unit, and their numbers.
 *
 * <pre id="study">{@code
 * StudySpec spec = Study.specOf(earlier.resolve("run.json"));
 * StudyResult result = Study.run("visualize", spec, Execution.onCpu(2), again, Progress.SILENT);
 * double reached = result.results().get(0).meanScore();
 * }</pre>
 */
package org.tiltlens.study;
