package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.frontier.FrontierResult;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/** A job that is stopped and goes on. */
class JobQueueTest {
  @TempDir private Path folder;

  /** In another queue each time, one piece of work later each time. */
  @Test
  void jobStoppedEverywhereEndsAsOneThatWasNot() throws IOException, InterruptedException {
    StudySpec spec =
        StudySpec.exact(StudioFixture.bundle(), "feature:3@pre", Target.percentile(80))
            .withCount(2);
    Work<StudySpec> work = new Work<>(Jobs.VISUALIZE, spec);
    JobFolders folders = new JobFolders(folder.resolve("jobs"));
    int stops = 0;
    while (run(folders, work, stops + 1) == JobView.State.STOPPED) {
      assertThat(folders.isFinished(work.name())).isFalse();
      stops++;
    }
    assertThat(stops).isGreaterThan(2);

    StudyResult own =
        Jobs.VISUALIZE.run(spec, StudioFixture.EXECUTION, folder.resolve("own"), Progress.SILENT);
    for (StudyResult.ImageResult image : own.results().get(0).images()) {
      assertThat(folders.of(work.name()).resolve(image.file()))
          .hasBinaryContent(Files.readAllBytes(folder.resolve("own").resolve(image.file())));
    }
  }

  /**
   * Starts or goes on with a job.
   *
   * @param stop at the beginning of which of its pieces of work it is stopped
   * @return how it came to rest
   */
  private static JobView.State run(JobFolders folders, Work<StudySpec> work, int stop)
      throws IOException, InterruptedException {
    BlockingQueue<JobView> rest = new ArrayBlockingQueue<>(1);
    Set<String> begun = ConcurrentHashMap.newKeySet();
    AtomicReference<JobQueue> own = new AtomicReference<>();
    try (JobQueue queue =
        new JobQueue(
            folders,
            StudioFixture.EXECUTION,
            StudioFixture.STEPS,
            job -> {
              if (!job.isLive()) {
                rest.add(job);
              } else if (job.progress() != null
                  && begun.add(job.progress().what())
                  && begun.size() == stop) {
                cancel(own.get(), job);
              }
            })) {
      own.set(queue);
      queue.start(work);
      return rest.take().state();
    }
  }

  /** The device that is always full, where the job and then its failure would be written. */
  @Test
  void fullDiskEndsAJobAndNotTheQueue() throws Exception {
    JobFolders folders = new JobFolders(folder.resolve("jobs"));
    StudySpec spec =
        StudySpec.exact(StudioFixture.bundle(), "feature:3@pre", Target.percentile(80))
            .withCount(1);
    Work<StudySpec> work = new Work<>(Jobs.VISUALIZE, spec);
    Path full = folders.of(work.name()).resolve("job.json.tmp");
    Path runs = folders.of(work.name()).resolve(".state/identity.json.tmp");
    BlockingQueue<JobView> rest = new ArrayBlockingQueue<>(2);
    try (JobQueue queue =
        new JobQueue(
            folders,
            StudioFixture.EXECUTION,
            StudioFixture.STEPS,
            job -> {
              if (!job.isLive()) {
                rest.add(job);
              } else if (job.state() == JobView.State.RUNNING
                  && Files.notExists(runs.getParent())) {
                fill(full);
                fill(runs);
              }
            })) {
      fill(full);
      assertThatThrownBy(() -> queue.start(work))
          .isInstanceOf(IOException.class)
          .matches(failure -> FullDisk.isCause(failure, folder));
      assertThat(queue.all()).isEmpty();

      Files.deleteIfExists(full);
      queue.start(work);
      JobView failed = rest.take();
      assertThat(failed.state()).isEqualTo(JobView.State.FAILED);
      assertThat(failed.failure()).isEqualTo(FullDisk.WORDS);
      assertThat(queue.view(work.name())).isEqualTo(failed);

      Files.deleteIfExists(full);
      Files.deleteIfExists(runs);
      queue.resume(work.name());
      assertThat(rest.take().state()).isEqualTo(JobView.State.DONE);
    }
  }

  /** As the studio starts one, with one tilt, one guided sampler and few images. */
  @Test
  void frontierIsDrawnToItsEnd() throws Exception {
    JobFolders folders = new JobFolders(folder.resolve("jobs"));
    FrontierSpec usual =
        FrontierSpec.of(StudioFixture.bundle(), 3)
            .withBetas(List.of(0.5))
            .withoutExact()
            .withCount(2)
            .withParticles(0)
            .withScales(List.of());
    Work<FrontierSpec> work = new Work<>(Jobs.FRONTIER, usual);
    BlockingQueue<JobView> rest = new ArrayBlockingQueue<>(1);
    try (JobQueue queue =
        new JobQueue(
            folders,
            StudioFixture.EXECUTION,
            StudioFixture.STEPS,
            job -> {
              if (!job.isLive()) {
                rest.add(job);
              }
            })) {
      queue.start(work);
      JobView done = rest.take();
      assertThat(done.failure()).isNull();
      assertThat(done.state()).isEqualTo(JobView.State.DONE);
      assertThat(done.what()).isEqualTo("Frontier of feature 3, 2 images at each setting");
      assertThat(folders.file(work.name(), "index.html")).isNotEmptyFile();
    }
    FrontierResult found =
        RunFolder.finished(folders.of(work.name()), FrontierResult.class).orElseThrow();
    assertThat(found.spec()).isEqualTo(usual);
  }

  private static void fill(Path file) {
    try {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
      Files.createSymbolicLink(file, Path.of("/dev/full"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void cancel(JobQueue queue, JobView job) {
    try {
      queue.cancel(job.job());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asked for and cancelled again and again behind one that runs, they do not pile up. */
  @Test
  void cancelledJobsLeaveNothingBehind() throws IOException, InterruptedException {
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    StudySpec spec =
        StudySpec.exact(StudioFixture.bundle(), "feature:3@pre", Target.percentile(80));
    Work<StudySpec> other = new Work<>(Jobs.VISUALIZE, spec.withCount(3));
    try (JobQueue queue =
        new JobQueue(
            new JobFolders(folder.resolve("jobs")),
            StudioFixture.EXECUTION,
            StudioFixture.STEPS,
            job -> {
              if (job.state() == JobView.State.RUNNING) {
                runs.countDown();
                await(enough);
              }
            })) {
      queue.start(new Work<>(Jobs.VISUALIZE, spec));
      runs.await();
      for (int i = 0; i < 20; i++) {
        queue.start(other);
        assertThat(queue.waiting()).isEqualTo(1);
        queue.cancel(other.name());
        assertThat(queue.waiting()).isZero();
      }
      queue.cancel(queue.live().get(0).job());
      enough.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
