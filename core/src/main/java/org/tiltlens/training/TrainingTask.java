package org.tiltlens.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/** What is trained: the weights it starts from, and the loss of a step. */
interface TrainingTask {
  /** Everything besides {@link TrainingSettings} that decides the result, name -> value. */
  Map<String, String> describe();

  /** Name -> shape of all weights, in a fixed order. */
  Map<String, List<Long>> shapes();

  /** The first value of one of them, decided by its name and the seed alone. */
  Tensor initial(String name);

  /**
   * The loss of a step, one element.
   *
   * @param weights leaves of a graph
   * @param step counts from 0 and decides everything random
   */
  Tensor loss(Weights weights, long step);

  /** Whether the training has reached its aim after so many steps; asked before every step. */
  default boolean reached(Weights weights, long steps) {
    return false;
  }

  /** When it ends by what is measured on held-out images; empty: never. */
  default Optional<EarlyStop> earlyStop() {
    return Optional.empty();
  }

  /** What is measured then, the more the better; asked only with an {@link #earlyStop}. */
  default double score(Weights weights) {
    throw new IllegalStateException("a task that stops early has a score");
  }
}
