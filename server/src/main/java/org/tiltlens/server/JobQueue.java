package org.tiltlens.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;

/**
 * Jobs, one at a time: what waits and what runs is here, all else in the {@link JobFolders}.
 *
 * <p>The same work is the same job.
 */
final class JobQueue implements AutoCloseable {
  /** Jobs that wait or run, at most. */
  static final int MOST = 16;

  private static final int SECONDS_TO_SAVE = 60;

  private final JobFolders folders;
  private final Execution execution;
  private final StepsChoice.Usual usual;
  private final Consumer<JobView> news;
  private final Map<String, LiveJob> live = new LinkedHashMap<>();

  /** Why jobs failed where even that could not be written. */
  private final Map<String, String> unwritten = new HashMap<>();

  /** What the worker will run of each: taken back with it, as cancelled ones would pile up. */
  private final Map<LiveJob, Runnable> turns = new HashMap<>();

  private final ThreadPoolExecutor worker =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> new Thread(task, "studio-jobs"));

  /**
   * @param execution of new jobs
   * @param usual steps of the prior, of which titles say nothing
   * @param news hears of every change
   */
  JobQueue(
      JobFolders folders, Execution execution, StepsChoice.Usual usual, Consumer<JobView> news) {
    this.folders = folders;
    this.execution = execution;
    this.usual = usual;
    this.news = news;
  }

  /**
   * Starts a job, or goes on with it; one that is done, waits or runs is left alone.
   *
   * @return whether there was no such job
   * @throws Refused if too many wait
   */
  synchronized boolean start(Work<?> work) throws IOException {
    String name = work.name();
    Optional<JobFile> before = folders.read(name);
    if (before.isPresent()) {
      if (!before.get().spec().equals(work.plain())) {
        throw new Refused(409, "another job has the folder '" + name + "': delete it first");
      }
      if (!live.containsKey(name) && !folders.isFinished(name)) {
        enqueue(name, before.get());
      }
      return false;
    }
    requireRoom();
    JobFile file = new JobFile(work.command().name(), work.plain(), execution, now(), null, null);
    folders.write(name, file);
    enqueue(name, file);
    return true;
  }

  /**
   * Goes on with a job that was stopped or failed.
   *
   * @throws Refused if there is none, or it needs nobody to go on
   */
  synchronized void resume(String name) throws IOException {
    JobFile file = require(name);
    if (live.containsKey(name) || folders.isFinished(name)) {
      throw new Refused(409, "the job is " + view(name).state().word() + ": nothing to go on with");
    }
    enqueue(name, file);
  }

  /**
   * Goes on with all jobs that were stopped, those asked for first before the others, as far as
   * there is room for them.
   *
   * @throws Refused if none was stopped, or too many wait
   */
  synchronized void resumeAll() throws IOException {
    List<JobView> stopped =
        all().stream().filter(job -> job.state() == JobView.State.STOPPED).toList();
    if (stopped.isEmpty()) {
      throw new Refused(409, "no job is stopped: nothing to go on with");
    }
    requireRoom();
    int room = Math.min(stopped.size(), MOST - live.size());
    for (int i = 0; i < room; i++) {
      JobView job = stopped.get(stopped.size() - 1 - i);
      enqueue(job.job(), require(job.job()));
    }
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private void enqueue(String name, JobFile file) throws IOException {
    requireRoom();
    unwritten.remove(name);
    if (file.failure() != null) {
      folders.write(name, file.withFailure(null));
    }
    LiveJob job = new LiveJob(name, file.withFailure(null), changed -> news.accept(view(changed)));
    Runnable turn = () -> run(job);
    live.put(name, job);
    turns.put(job, turn);
    news.accept(view(job));
    worker.execute(turn);
  }

  private void requireRoom() {
    if (live.size() >= MOST) {
      throw new Refused(429, MOST + " jobs wait or run already: wait, or cancel one");
    }
  }

  private void run(LiveJob job) {
    String failure = null;
    try {
      if (!job.cancelled()) {
        JobFile file = job.file().withBegun(now());
        folders.write(job.name(), file);
        job.start(file);
        tellWaiting();
        Jobs.named(file.command())
            .runJson(Json.write(file.spec()), file.execution(), folders.of(job.name()), job);
      }
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it is, it is the end of one job and not of the queue.
      failure = job.cancelled() ? null : words(e);
    }
    end(job, failure);
  }

  private String words(Throwable failure) {
    if (FullDisk.isCause(failure, folders.root())) {
      return FullDisk.WORDS;
    }
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return message.lines().findFirst().orElse(message);
  }

  private synchronized void end(LiveJob job, String failure) {
    worker.remove(turns.remove(job));
    if (!live.remove(job.name(), job)) {
      // It was cancelled while it waited; by now another of its name may wait.
      return;
    }
    if (failure != null) {
      try {
        folders.write(job.name(), job.file().withFailure(failure));
      } catch (IOException e) {
        // A full disk has no room for its own failure; the next job may find some.
        unwritten.put(job.name(), failure);
      }
    }
    try {
      find(job.name()).ifPresent(news);
      tellWaiting();
    } catch (IOException e) {
      // Nobody is left to be told but who looks next.
      throw new UncheckedIOException(e);
    }
  }

  /** Those behind one that left have another place. */
  private synchronized void tellWaiting() {
    live.values().stream().filter(job -> !job.isRunning()).map(this::view).forEach(news);
  }

  /**
   * Stops a job, which saves what it has; one that waits ends at once.
   *
   * @throws Refused if it does not wait or run
   */
  synchronized void cancel(String name) throws IOException {
    LiveJob job = live.get(name);
    if (job == null) {
      throw new Refused(409, "the job is " + view(name).state().word() + ": nothing to cancel");
    }
    job.cancel();
    if (!job.isRunning()) {
      end(job, null);
    }
  }

  /**
   * Removes a job and all that it made.
   *
   * @throws Refused if it waits or runs
   */
  synchronized void delete(String name) throws IOException {
    require(name);
    if (live.containsKey(name)) {
      throw new Refused(409, "the job is " + view(name).state().word() + ": cancel it first");
    }
    folders.delete(name);
    unwritten.remove(name);
  }

  private JobFile require(String name) throws IOException {
    return folders.read(name).orElseThrow(() -> Refused.missing("job '" + name + "'"));
  }

  /**
   * A job as it is now.
   *
   * @throws Refused if there is none
   */
  JobView view(String name) throws IOException {
    return find(name).orElseThrow(() -> Refused.missing("job '" + name + "'"));
  }

  /** The same; empty if there is none. */
  synchronized Optional<JobView> find(String name) throws IOException {
    LiveJob job = live.get(name);
    return job != null
        ? Optional.of(view(job))
        : read(name).map(file -> view(name, file, atRest(name, file), null, null));
  }

  private Optional<JobFile> read(String name) throws IOException {
    String failure = unwritten.get(name);
    return folders.read(name).map(file -> failure == null ? file : file.withFailure(failure));
  }

  /** All jobs, those asked for last first. */
  synchronized List<JobView> all() throws IOException {
    List<JobView> jobs = new ArrayList<>();
    for (String name : folders.names()) {
      find(name).ifPresent(jobs::add);
    }
    jobs.sort(Comparator.comparing(JobQueue::asked).reversed().thenComparing(JobView::job));
    return jobs;
  }

  /** Not as text, which has as many digits as it needs. */
  private static Instant asked(JobView job) {
    return Instant.parse(job.asked());
  }

  /** Jobs that wait or run, in order. */
  synchronized List<JobView> live() {
    return live.values().stream().map(this::view).toList();
  }

  /** Turns that the worker holds and has not begun. */
  int waiting() {
    return worker.getQueue().size();
  }

  private JobView.State atRest(String name, JobFile file) {
    if (folders.isFinished(name)) {
      return JobView.State.DONE;
    }
    return file.failure() == null ? JobView.State.STOPPED : JobView.State.FAILED;
  }

  private synchronized JobView view(LiveJob job) {
    JobView.State state = job.isRunning() ? JobView.State.RUNNING : JobView.State.QUEUED;
    return view(job.name(), job.file(), state, place(job), job.far());
  }

  /** Among those that wait, 1 for the next; null for one that runs. */
  private Integer place(LiveJob job) {
    List<LiveJob> waiting = live.values().stream().filter(one -> !one.isRunning()).toList();
    int at = waiting.indexOf(job);
    return at < 0 ? null : at + 1;
  }

  private JobView view(
      String name, JobFile file, JobView.State state, Integer place, JobView.Far far) {
    JobSubject subject = JobSubject.of(file, usual);
    return new JobView(
        name,
        file.command(),
        subject.words(),
        state,
        file.asked(),
        subject.feature(),
        subject.percentile(),
        subject.count(),
        file.begun(),
        place,
        far,
        line(state, place, far),
        state == JobView.State.FAILED ? file.failure() : null,
        state == JobView.State.DONE ? Api.ROOT + "/jobs/" + name + "/files/index.html" : null,
        subject.shown());
  }

  private static String line(JobView.State state, Integer place, JobView.Far far) {
    return switch (state) {
      case QUEUED ->
          place == null || place == 1
              ? "waits, next in the queue"
              : "waits, number " + place + " in the queue";
      case RUNNING -> far == null ? "starts" : far.line();
      default -> null;
    };
  }

  /** Stops what runs, which saves what it has: the next studio of the folder can go on with it. */
  @Override
  public void close() {
    synchronized (this) {
      live.values().forEach(LiveJob::cancel);
    }
    worker.shutdown();
    try {
      worker.awaitTermination(SECONDS_TO_SAVE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
