package org.tiltlens.spark;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** What a task has of its executor: threads, perhaps a GPU, and networks that its tasks share. */
final class Slot {
  private static ModelShelf shelf;

  private Slot() {}

  /**
   * How a task computes: with the threads of one image, as what is beside it on its machine are
   * other tasks, and on the GPU that Spark gave it.
   */
  static Execution of(Execution asked) {
    int threads = asked.threadsPerImage();
    ResourceInformation gpu = TaskContext.get().resources().get("gpu").getOrElse(() -> null);
    String device =
        gpu == null || asked.device().equals("cpu") ? asked.device() : "cuda:" + gpu.addresses()[0];
    return new Execution(device, asked.batch(), threads, threads, asked.precision());
  }

  /** Hears nothing, and ends the work that Spark does not want any more. */
  static Progress progress() {
    TaskContext task = TaskContext.get();
    return new Progress() {
      @Override
      public Task begin(String what, long steps) {
        return new Task() {};
      }

      @Override
      public boolean cancelled() {
        return task.isInterrupted();
      }
    };
  }

  /** A piece of work that ends where Spark does not want it any more. */
  static Progress.Task untilKilled() {
    return Cancellable.begin(progress(), "", 0);
  }

  /** The networks of this JVM. */
  static synchronized ModelShelf shelf() {
    if (shelf == null) {
      shelf = new ModelShelf();
    }
    return shelf;
  }

  /** Closes what the tasks in this JVM had opened. */
  static synchronized void closeShelf() {
    if (shelf != null) {
      shelf.close();
      shelf = null;
    }
  }
}
