package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The training loop: loss, gradient, clipping, Adam, average; a checkpoint now and then.
 *
 * <p>While it is open, operations of its thread use all the threads the training was begun with.
 * Each step depends on the {@link TrainingState} and the step's number alone, so a training that
 * was killed and resumed ends with the bits of one that was not.
 */
final class Trainer implements AutoCloseable {
  private final TrainingTask task;
  private final TrainingRun run;
  private final TrainingSettings settings;
  private final WeightLayout layout;
  private final TrainingState state;
  private Double loss;
  private Long best;

  /**
   * Begins a training, or opens the one to go on with.
   *
   * @throws IllegalArgumentException if the folder holds a training that was not asked to go on, or
   *     one with other settings
   */
  Trainer(TrainingTask task, TrainingRun run) throws IOException {
    this.task = task;
    this.run = run;
    settings = run.settings();
    layout = new WeightLayout(task.shapes());
    state = open();
    try {
      Engine.threadsPerOperation(state.threads());
    } catch (IllegalArgumentException e) {
      state.close();
      throw e;
    }
  }

  private TrainingState open() throws IOException {
    Map<String, String> all = new LinkedHashMap<>(settings.describe());
    all.putAll(task.describe());
    run.requireFree();
    if (Files.exists(run.checkpoint())) {
      return TrainingState.read(run.checkpoint(), all, layout.size(), run.device());
    }
    Files.createDirectories(run.folder());
    try (Scope scope = Scope.open()) {
      Tensor first = run.device().place(layout.join(task::initial));
      return TrainingState.start(first, all, run.threads());
    }
  }

  /**
   * Trains until the budget is spent or the task has reached its aim.
   *
   * @throws CancelledException if the run is to end before; the checkpoint is written
   */
  void train() {
    long begun = System.nanoTime() - (long) (state.seconds() * 1e9);
    long checkpointed = System.nanoTime();
    while (!run.budget().spent(state.step(), Stopwatch.secondsSince(begun)) && !reached()) {
      step();
      state.advance(Stopwatch.secondsSince(begun));
      run.progress().stepped(state.step(), state.seconds(), loss);
      if (run.progress().cancelled()) {
        state.write(run.checkpoint());
        throw new CancelledException();
      }
      if (System.nanoTime() - checkpointed > run.checkpointEvery().toNanos()) {
        state.write(run.checkpoint());
        checkpointed = System.nanoTime();
      }
    }
    state.write(run.checkpoint());
    best = task.earlyStop().isPresent() ? chosen() : null;
  }

  /**
   * The step of the best evaluation, unless the last step is better. That one is no part of the
   * state: a training that goes on has evaluations where one that never ended has them.
   */
  private Long chosen() {
    TrainingState.Evaluations made = state.evaluations();
    if (made.last() == state.step()) {
      return made.best() == state.step() ? null : Long.valueOf(made.best());
    }
    try (Scope scope = Scope.open()) {
      return task.score(Weights.of(averages())) > made.score() ? null : Long.valueOf(made.best());
    }
  }

  private void step() {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> leaves = layout.views(state.weights());
      leaves.replaceAll((name, view) -> Autograd.leaf(view));
      Tensor sum = task.loss(Weights.of(leaves), state.step());
      loss = sum.item_double();
      if (!Double.isFinite(loss)) {
        throw new IllegalArgumentException(
            "the loss is "
                + loss
                + " in step "
                + state.step()
                + ": give a lower `learningRate` and start anew");
      }
      List<Tensor> gradients = Autograd.gradients(sum, new ArrayList<>(leaves.values()));
      Tensor gradient = clipped(layout.flatten(gradients));
      double rate = settings.rate(state.step());
      state
          .optimiser()
          .step(
              state.weights(),
              gradient,
              state.step() + 1,
              rate,
              settings.weightDecay(),
              layout.decayed());
      Tensors.lerpInPlace(state.average(), state.weights(), 1 - settings.decay(state.step()));
    }
  }

  /** The gradient, scaled down if its norm is beyond the bound. */
  private Tensor clipped(Tensor gradient) {
    if (settings.clipNorm() == 0) {
      return gradient;
    }
    double norm = gradient.norm().item_double();
    return norm <= settings.clipNorm()
        ? gradient
        : Tensors.scaleInPlace(gradient, settings.clipNorm() / norm);
  }

  private boolean reached() {
    try (Scope scope = Scope.open()) {
      Weights weights = Weights.of(averages());
      return task.reached(weights, state.step())
          || task.earlyStop().map(stop -> stopped(stop, weights)).orElse(false);
    }
  }

  /** Whether there was no better evaluation for too long, after one if it is due. */
  private boolean stopped(EarlyStop stop, Weights weights) {
    if (state.step() % stop.every() == 0 && state.step() > state.evaluations().last()) {
      state.evaluated(task.score(weights));
    }
    return state.evaluations().last() - state.evaluations().best()
        >= stop.patience() * stop.every();
  }

  /** Name -> averaged weight, valid while this is open; without an average, the weights. */
  Map<String, Tensor> averages() {
    return layout.views(state.average());
  }

  /**
   * Name -> weight of the result as it will be stored, {@link #averages} or, where they are
   * evaluated, the best ones; belongs to the caller's scope.
   *
   * @throws IllegalArgumentException if the run's type is too small for one of them
   */
  Map<String, Tensor> result() {
    Map<String, Tensor> result = best() == null ? averages() : layout.views(state.best());
    result.replaceAll(run.stored()::round);
    return result;
  }

  /** The step whose weights are the result; null: the last. */
  Long best() {
    return best;
  }

  /** Steps done. */
  long steps() {
    return state.step();
  }

  /** Time spent on them. */
  double seconds() {
    return state.seconds();
  }

  /** Loss of the last step; null if none was made. */
  Double loss() {
    return loss;
  }

  @Override
  public void close() {
    Engine.threadsPerOperation(1);
    state.close();
  }
}
