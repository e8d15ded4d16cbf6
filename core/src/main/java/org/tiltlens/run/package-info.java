/**
 * The folder that a run owns, what the run was, how it is executed, and how far it is.
 *
 * <pre id="run">{@code
 * Progress impatient =
 *     new Progress() {
 *       private volatile boolean enough;
 *
 *       @Override
 *       public Task begin(String what, long steps) {
 *         return new Task() {
 *           @Override
 *           public void advance(long more) {
 *             System.out.println(what + ": " + more + " of " + steps);
 *             enough |= what.startsWith("drawing");
 *           }
 *         };
 *       }
 *
 *       @Override
 *       public boolean cancelled() {
 *         return enough;
 *       }
 *     };
 * try {
 *   Jobs.VISUALIZE.run(spec, execution, folder, impatient);
 * } catch (CancelledException cancelled) {
 *   System.out.println(cancelled.getMessage()); // what is done is kept
 * }
 * StudyResult result = Jobs.VISUALIZE.run(spec, execution, folder, Progress.SILENT); // goes on
 * }</pre>
 */
package org.tiltlens.run;
