package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.harvest.CoActivation;
import org.tiltlens.harvest.DecoderDirections;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.run.Json;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;

/**
 * How the features of a dictionary lie to each other: by their directions, which is computed when
 * first asked for, and by the images they are active on, which takes a pass over the corpus and is
 * measured when somebody wants it. Both are kept on disk.
 */
final class Atlas implements AutoCloseable {
  private static final int KEY = 16;
  private static final int SECONDS_TO_END = 10;

  private final HarvestSpec spec;
  private final HarvestInfo info;
  private final Corpus corpus;
  private final String device;
  private final Path folder;

  /** One thread measures: the engine gives every thread that computes a pool of its own. */
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "studio-atlas"));

  private DecoderDirections directions;
  private CoActivation together;
  private boolean searched;
  private volatile Measuring measuring;
  private volatile boolean closed;

  /**
   * @param info the table that was harvested by {@code spec}
   * @param corpus its images; stay their owner's
   * @param cache where folders of what is kept are
   */
  Atlas(HarvestSpec spec, HarvestInfo info, Corpus corpus, String device, Path cache) {
    this.spec = spec;
    this.info = info;
    this.corpus = corpus;
    this.device = device;
    String key = Sha256.of(Version.NUMBER + Json.write(info)).substring(0, KEY);
    folder = cache.resolve("atlas-" + key);
    measuring = new Measuring(Phase.NONE, 0, CoActivation.images(info), null);
  }

  /**
   * How far the measurement of co-activation is.
   *
   * @param state of it
   * @param done images looked at
   * @param images to look at
   * @param failure why it ended without a result, in one line; absent otherwise
   */
  record Measuring(Phase state, int done, int images, String failure) {}

  /** By direction; whoever asks first waits for it. */
  synchronized DecoderDirections directions() throws IOException {
    if (directions == null) {
      Path file = folder.resolve("directions.json");
      directions =
          read(file, DecoderDirections.class)
              .filter(kept -> kept.x().length == info.features())
              .orElse(null);
      if (directions == null) {
        directions = DecoderDirections.of(spec.dictionary(), device);
        write(file, directions);
      }
    }
    return directions;
  }

  private Path ofTogether() {
    return folder.resolve("together.json");
  }

  /** By the images they are active on; empty before it was measured. */
  synchronized Optional<CoActivation> together() throws IOException {
    if (together == null && !searched) {
      searched = true;
      read(ofTogether(), CoActivation.class)
          .filter(kept -> kept.active().length == info.features())
          .ifPresent(this::known);
    }
    return Optional.ofNullable(together);
  }

  private synchronized void known(CoActivation found) {
    together = found;
    int images = CoActivation.images(info);
    measuring = new Measuring(Phase.DONE, images, images, null);
  }

  /** Files of ours alone; a damaged one is as good as none. */
  private static <T> Optional<T> read(Path file, Class<T> type) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(file, null, type));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private void write(Path file, Object value) throws IOException {
    Files.createDirectories(folder);
    WholeFile.writeText(file, Json.write(value));
  }

  Measuring measuring() throws IOException {
    together();
    return measuring;
  }

  /** Starts to measure co-activation, unless it is known or under way. */
  synchronized Measuring measure() throws IOException {
    Measuring now = measuring();
    if (now.state() == Phase.NONE || now.state() == Phase.FAILED) {
      measuring = new Measuring(Phase.RUNNING, 0, now.images(), null);
      worker.execute(this::look);
    }
    return measuring;
  }

  private void look() {
    int images = CoActivation.images(info);
    int[] done = {0};
    try {
      CoActivation found =
          CoActivation.of(
              spec,
              corpus,
              images,
              device,
              more -> {
                if (closed) {
                  throw new CancellationException("the studio ends");
                }
                done[0] += (int) more;
                measuring = new Measuring(Phase.RUNNING, done[0], images, null);
              });
      write(ofTogether(), found);
      known(found);
    } catch (IOException | RuntimeException | Error e) {
      // Told to whoever looks.
      String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      measuring = new Measuring(Phase.FAILED, done[0], images, said);
    }
  }

  /** Ends what is being measured, which is lost. */
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
