package org.tiltlens.spark;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** How long Spark's driver takes to hand out a task that does nothing (docs/scale.md). */
public final class TaskCost {
  private static final int TASKS = 4000;

  private TaskCost() {}

  public static void main(String[] args) {
    try (JavaSparkContext context =
            Contexts.open("local[2]", "tasks", new Execution("cpu", 1, 1, 1));
        Stages stages = new Stages(context, Progress.SILENT)) {
      List<Integer> items = IntStream.range(0, TASKS).boxed().toList();
      for (int time = 0; time < 3; time++) {
        long start = System.nanoTime();
        stages.run("nothing", items, new Nothing(), item -> 1);
        System.out.printf(
            Locale.ROOT, "%.2f ms a task%n", (System.nanoTime() - start) / 1e6 / TASKS);
      }
    }
  }

  private record Nothing() implements Function<Integer, Integer> {
    private static final long serialVersionUID = 1;

    @Override
    public Integer call(Integer item) {
      return item;
    }
  }
}
