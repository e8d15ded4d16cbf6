/**
 * The command {@code visualize}: images of a unit, and their numbers.
 *
 * <pre>{@code
 * StudySpec spec = Study.specOf(Path.of("earlier/run.json"));
 * StudyResult result =
 *     Study.run("visualize", spec, Execution.onCpu(2), Path.of("again"), Progress.SILENT);
 * double reached = result.results().get(0).meanScore();
 * }</pre>
 */
package org.tiltlens.study;
