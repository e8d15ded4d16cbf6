package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.Pool;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudyRuns;
import org.tiltlens.study.StudySpec;
import org.tiltlens.torch.CancelledException;

/** The examples of runs, on the reference models. */
class RunsExampleTest {
  @TempDir private Path folder;

  @Test
  void repeating() throws IOException {
    Path earlier = folder.resolve("earlier");
    Path again = folder.resolve("again");
    StudyResult first = StudyRuns.run(StudyRuns.spec(1, 2), 1, earlier);
    // tag::study
    StudySpec spec = Study.specOf(earlier.resolve("run.json"));
    StudyResult result = Study.run("visualize", spec, Execution.onCpu(2), again, Progress.SILENT);
    double reached = result.results().get(0).meanScore();
    // end::study
    assertThat(reached).isEqualTo(first.results().get(0).meanScore());
  }

  @Test
  void cancelling() throws IOException {
    StudySpec spec = StudyRuns.spec(1, 2);
    Execution execution = new Execution("cpu", 1, 1, 1);
    // tag::run
    Progress impatient =
        new Progress() {
          private volatile boolean enough;

          @Override
          public Task begin(String what, long steps) {
            return new Task() {
              @Override
              public void advance(long more) {
                System.out.println(what + ": " + more + " of " + steps);
                enough |= what.startsWith("drawing");
              }
            };
          }

          @Override
          public boolean cancelled() {
            return enough;
          }
        };
    try {
      Jobs.VISUALIZE.run(spec, execution, folder, impatient);
    } catch (CancelledException cancelled) {
      System.out.println(cancelled.getMessage()); // what is done is kept
    }
    StudyResult result = Jobs.VISUALIZE.run(spec, execution, folder, Progress.SILENT); // goes on
    // end::run
    assertThat(result.results().get(0).images()).hasSize(1);
    assertThat(Files.exists(folder.resolve("run.json"))).isTrue();
  }

  @Test
  void pooling() throws IOException {
    String prior = StudyRuns.MODELS.resolve("adm_unet.safetensors").toString();
    // tag::pool
    StepsSpec steps = new StepsSpec(new StepsSpec.Ddpm(), "linear", 1000, "10");
    PoolSpec spec = new PoolSpec(prior, Map.of(), steps, 4, PoolSpec.USUAL_SEED);
    PoolRun.run(spec, Execution.onCpu(2), folder, Progress.SILENT);
    PoolRun.run(spec.withCount(6), Execution.onCpu(2), folder, Progress.SILENT); // two more
    try (Pool pool = Pool.open(folder)) {
      System.out.println(pool.size() + " natural images, a corpus like any other");
    }
    // end::pool
    assertThat(Files.exists(folder.resolve("images-6.zip"))).isTrue();
  }
}
