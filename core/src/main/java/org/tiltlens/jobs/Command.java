package org.tiltlens.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.tiltlens.run.Execution;
import org.tiltlens.run.FolderCheck;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;

/**
 * A command: a spec in, a finished folder and its result out.
 *
 * @param name as the command line has it
 * @param spec what says what to do
 * @param usual the folder where a spec's result goes if no other is asked for
 * @param runner does it
 * @param inFolder whether its result is a folder; else a file
 * @param <S> its spec
 * @param <R> its result
 */
public record Command<S, R>(
    String name, Class<S> spec, Function<S, Path> usual, Runner<S, R> runner, boolean inFolder) {
  /** A command whose result is a folder. */
  Command(String name, Class<S> spec, Function<S, Path> usual, Runner<S, R> runner) {
    this(name, spec, usual, runner, true);
  }

  /** What a command does. */
  @FunctionalInterface
  public interface Runner<S, R> {
    R run(S spec, Execution execution, Path folder, Progress progress) throws IOException;
  }

  /**
   * Runs, goes on with a killed run of the same spec in the folder, or returns what a finished one
   * found.
   *
   * @param folder where the result goes; created if need be
   * @throws IllegalArgumentException if the spec does not fit the models, or the folder holds
   *     another run
   * @throws org.tiltlens.torch.CancelledException if {@code progress} was cancelled
   * @throws IOException if files cannot be read or written
   */
  public R run(S spec, Execution execution, Path folder, Progress progress) throws IOException {
    if (inFolder) {
      FolderCheck.require(folder, name);
    } else {
      FolderCheck.requireFile(folder);
    }
    return runner.run(spec, execution, folder, progress);
  }

  /** The same done by something else, such as a {@link Cluster}. */
  public Command<S, R> by(Runner<S, R> other) {
    return new Command<>(name, spec, usual, other, inFolder);
  }

  /** The folder where the result goes if no other is asked for. */
  public Path defaultFolder(S asked) {
    return usual.apply(asked);
  }

  /**
   * The same of a spec as a {@code run.json} has it.
   *
   * @param json the spec's JSON
   * @throws IllegalArgumentException if that is no such spec
   */
  public R runJson(String json, Execution execution, Path folder, Progress progress)
      throws IOException {
    return run(Json.parse(json, spec), execution, folder, progress);
  }
}
