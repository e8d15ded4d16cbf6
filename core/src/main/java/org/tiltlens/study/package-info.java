/**
 * One run: a spec in, images and numbers on disk out; tensors end here.
 *
 * <pre>{@code
 * StudySpec spec = Study.specOf(Path.of("earlier/run.json"));
 * StudyResult result =
 *     Study.run("visualize", spec, Execution.onCpu(2), Path.of("again"), Progress.SILENT);
 * double reached = result.results().get(0).meanScore();
 * }</pre>
 */
package org.tiltlens.study;
