package org.tiltlens.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.util.TaskCompletionListener;

/**
 * What goes wrong on real clusters, brought about in executors: a task fails twice and what it
 * wrote is lost, and an executor dies with the task it is at.
 */
public final class Faults implements SparkPlugin {
  /** The folder of parts, where {@code killed} and {@code failed-N} tell the test what happened. */
  static final String FOLDER = "spark.tiltlens.test.faults";

  static final int FAILS = 3;
  static final int KILLS = 9;

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      private Path folder;

      @Override
      public void init(PluginContext context, Map<String, String> extra) {
        SparkConf conf = context.conf();
        folder = Path.of(conf.get(FOLDER));
      }

      @Override
      public void onTaskStart() {
        TaskContext task = TaskContext.get();
        if (task.stageId() != 0) {
          return;
        }
        if (task.partitionId() == KILLS && create(folder.resolve("killed"))) {
          Runtime.getRuntime().halt(1);
        }
        if (task.partitionId() == FAILS
            && (create(folder.resolve("failed-0")) || create(folder.resolve("failed-1")))) {
          task.addTaskCompletionListener(
              (TaskCompletionListener)
                  ended -> {
                    throw new IllegalStateException("made up");
                  });
        }
      }
    };
  }

  /** Whether it was not there. */
  private static boolean create(Path file) {
    try {
      Files.createFile(file);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
