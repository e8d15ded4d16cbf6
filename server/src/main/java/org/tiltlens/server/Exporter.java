package org.tiltlens.server;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.tiltlens.run.Progress;

/** Writes an {@link ExportFolder} while the studio answers, and says how far it is. */
final class Exporter implements AutoCloseable {
  private static final int SECONDS_TO_END = 10;

  private final ExportFolder folder;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "studio-export"));

  private List<Integer> writing = List.of();
  private volatile Far far;
  private volatile boolean closed;

  Exporter(ExportFolder folder) {
    this.folder = folder;
    far = far(Phase.NONE, 0, 0, null);
  }

  /**
   * How far it is.
   *
   * @param state of it
   * @param done features written
   * @param features to write; 0 before it starts
   * @param folder where the finished export is
   * @param failure why it ended, in one line; absent otherwise
   */
  record Far(Phase state, int done, int features, String folder, String failure) {}

  private Far far(Phase state, int done, int features, String failure) {
    return new Far(state, done, features, folder.whole().toString(), failure);
  }

  Far far() {
    return far;
  }

  /**
   * Starts to write, unless it writes the same.
   *
   * @param features their indices
   * @throws Refused if it writes others
   */
  synchronized Far start(List<Integer> features) {
    if (far.state() != Phase.RUNNING) {
      writing = features;
      far = far(Phase.RUNNING, 0, features.size(), null);
      worker.execute(() -> run(features));
    } else if (!writing.equals(features)) {
      throw new Refused(
          409, "an export of " + writing.size() + " features is being written: wait for its end");
    }
    return far;
  }

  private void run(List<Integer> features) {
    try {
      folder.write(features, new Counting());
      far = far(Phase.DONE, features.size(), features.size(), null);
    } catch (IOException | RuntimeException | Error e) {
      // Told to whoever looks.
      String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      far = far(Phase.FAILED, far.done(), features.size(), said);
    }
  }

  private final class Counting implements Progress {
    @Override
    public Task begin(String what, long steps) {
      return new Task() {
        @Override
        public void advance(long more) {
          far = far(Phase.RUNNING, far.done() + (int) more, far.features(), null);
        }
      };
    }

    @Override
    public boolean cancelled() {
      return closed;
    }
  }

  /** Ends what is being written, which goes on when it is asked for again. */
  @Override
  public void close() {
    closed = true;
    worker.shutdown();
    try {
      worker.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
