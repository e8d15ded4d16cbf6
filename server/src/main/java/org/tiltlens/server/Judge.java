package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.GrownClass;
import org.tiltlens.study.JudgedPool;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;

/**
 * Which classes drawn levels have more of than the prior: what the bundle's judge sees in its pool,
 * weighed when somebody asks, one level at a time, and kept on disk.
 */
final class Judge implements AutoCloseable {
  private static final int KEY = 16;
  private static final int SECONDS_TO_END = 10;

  private final Bundle bundle;
  private final List<String> classes;
  private final Execution execution;
  private final Path folder;
  private final Map<String, Seen> live = new ConcurrentHashMap<>();

  /** One thread looks: the engine gives every thread that computes a pool of its own. */
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "studio-judge"));

  private final ModelShelf shelf = new ModelShelf();
  private JudgedPool pool;
  private volatile boolean closed;

  /**
   * @param classes names of the corpus' classes
   * @param cache where folders of what is kept are
   */
  Judge(Bundle bundle, List<String> classes, Execution execution, Path cache) {
    this.bundle = bundle;
    this.classes = List.copyOf(classes);
    this.execution = execution;
    String key = Sha256.of(Version.NUMBER + Json.write(bundle.manifest()));
    folder = cache.resolve("classes-" + key.substring(0, KEY));
  }

  /**
   * What it sees in a level.
   *
   * @param state whether it has looked
   * @param classes those of which there are more than in the prior, by more than chance, those that
   *     grew most first; absent before it has looked
   * @param failure why it could not, in one line; absent otherwise
   */
  record Seen(Phase state, List<GrownClass> classes, String failure) {
    Seen {
      classes = classes == null ? null : List.copyOf(classes);
    }
  }

  /** What is kept, and of which run. */
  private record Kept(String run, List<GrownClass> classes) {}

  /** Whether there is one, for exact samples that start from the bundle's own pool. */
  boolean knows(StudySpec study) {
    return bundle.manifest().judge() != null
        && !classes.isEmpty()
        && study.guidance().word().equals("exact")
        && study.guidance().pool() instanceof PoolChoice.Kept own
        && own.equals(PoolChoice.usual(bundle, study.steps()));
  }

  /**
   * What it sees in a finished job's level, as far as it has looked.
   *
   * @throws Refused if there is nothing to look at
   */
  Seen of(JobFolders jobs, String job) throws IOException {
    finished(jobs, job);
    Seen now = live.get(job);
    if (now != null) {
      return now;
    }
    Path file = file(job);
    if (Files.exists(file)) {
      try {
        Kept kept = Json.read(file, null, Kept.class);
        if (kept.classes() != null && Sha256.of(jobs.result(job)).equals(kept.run())) {
          return new Seen(Phase.DONE, kept.classes(), null);
        }
      } catch (IllegalArgumentException e) {
        // A damaged one is as good as none.
        return new Seen(Phase.NONE, null, null);
      }
    }
    return new Seen(Phase.NONE, null, null);
  }

  /**
   * Looks at it, unless it has or does.
   *
   * @throws Refused if there is nothing to look at
   */
  synchronized Seen ask(JobFolders jobs, String job) throws IOException {
    Seen now = of(jobs, job);
    if (now.state() == Phase.RUNNING || now.state() == Phase.DONE) {
      return now;
    }
    StudyResult found = finished(jobs, job);
    String run = Sha256.of(jobs.result(job));
    Seen asked = new Seen(Phase.RUNNING, null, null);
    live.put(job, asked);
    worker.execute(() -> look(job, run, found));
    return asked;
  }

  private StudyResult finished(JobFolders jobs, String job) throws IOException {
    StudyResult found = null;
    try {
      if (jobs.read(job).filter(file -> file.command().equals("visualize")).isPresent()) {
        found = RunFolder.finished(jobs.of(job), StudyResult.class).orElse(null);
      }
    } catch (IllegalArgumentException e) {
      throw new Refused(404, e.getMessage());
    }
    if (found == null || !knows(found.spec())) {
      throw new Refused(
          404, "no judge can tell of '" + job + "': exact samples from a judged bundle's pool can");
    }
    return found;
  }

  private Path file(String job) {
    return folder.resolve(job + ".json");
  }

  private void look(String job, String run, StudyResult found) {
    try {
      if (closed) {
        return;
      }
      List<GrownClass> grown =
          pool(found.spec()).growth(found.spec(), found.results().get(0).beta(), Progress.SILENT);
      Files.createDirectories(folder);
      WholeFile.writeText(file(job), Json.write(new Kept(run, grown)) + "\n");
      live.remove(job);
    } catch (IOException | RuntimeException | Error e) {
      // Told to whoever looks.
      String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      live.put(job, new Seen(Phase.FAILED, null, said));
    }
  }

  private JudgedPool pool(StudySpec study) throws IOException {
    if (pool == null) {
      pool = JudgedPool.of(List.of(study), bundle, classes, execution, shelf, Progress.SILENT);
    }
    return pool;
  }

  /** Ends once what is being looked at is known. */
  @Override
  public void close() {
    closed = true;
    worker.shutdown();
    try {
      if (worker.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS)) {
        if (pool != null) {
          pool.close();
        }
        shelf.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
