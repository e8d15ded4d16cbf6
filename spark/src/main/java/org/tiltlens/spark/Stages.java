package org.tiltlens.spark;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToIntFunction;
import org.apache.spark.Success$;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.CancelledException;

/** Stages of a command, one task each item, whose ends Spark's own listener tells. */
final class Stages implements AutoCloseable {
  private static final long LOOK_MILLIS = 200;

  private final JavaSparkContext context;
  private final Progress progress;

  Stages(JavaSparkContext context, Progress progress) {
    this.context = context;
    this.progress = progress;
  }

  /**
   * Runs a stage, whose tasks begin in the items' order.
   *
   * @param what a few words for the user
   * @param steps how far an item advances the progress
   * @return what each task gave, in the items' order
   * @throws CancelledException if the user does not want it any more
   */
  <T, R> List<R> run(String what, List<T> items, Function<T, R> task, ToIntFunction<T> steps) {
    long all = items.stream().mapToLong(steps::applyAsInt).sum();
    context.setJobGroup("tiltlens", what, false);
    if (progress.cancelled()) {
      throw new CancelledException();
    }
    Progress.Task shown = progress.begin(what, all);
    Ended<T> ended = new Ended<>(items, steps, shown);
    context.sc().addSparkListener(ended);
    try (shown) {
      return await(context.parallelize(items, items.size()).map(task).collectAsync());
    } finally {
      context.sc().removeSparkListener(ended);
    }
  }

  private <R> List<R> await(JavaFutureAction<List<R>> action) {
    while (true) {
      try {
        return action.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (progress.cancelled()) {
          action.cancel(true);
          throw new CancelledException();
        }
      } catch (ExecutionException e) {
        throw Contexts.failure(e);
      } catch (InterruptedException e) {
        action.cancel(true);
        Thread.currentThread().interrupt();
        throw new CancelledException();
      }
    }
  }

  @Override
  public void close() {
    context.clearJobGroup();
  }

  /** Hears of every task; a partition that was done twice counts once. */
  private static final class Ended<T> extends SparkListener {
    private final List<T> items;
    private final ToIntFunction<T> steps;
    private final Progress.Task shown;
    private final boolean[] done;

    Ended(List<T> items, ToIntFunction<T> steps, Progress.Task shown) {
      this.items = items;
      this.steps = steps;
      this.shown = shown;
      done = new boolean[items.size()];
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      int item = end.taskInfo().index();
      if (end.reason() == Success$.MODULE$ && !done[item]) {
        done[item] = true;
        shown.advance(steps.applyAsInt(items.get(item)));
      }
    }
  }
}
