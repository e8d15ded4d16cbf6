package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;

/** A pool, and many features that start from it, on Spark against one machine. */
class SparkStudiesTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 1, 1);
  private static final String UI = "spark.ui.enabled";

  @TempDir private Path folder;

  @BeforeEach
  void usual() {
    System.setProperty(UI, "false");
  }

  @AfterEach
  void forget() {
    System.clearProperty(UI);
  }

  @Test
  void aPoolIsThatOfOneMachineAndEachFeatureTheRunThatVisualizeMakesOfIt() throws IOException {
    Path noise = folder.resolve("bundle");
    NoiseBundle.write(noise, 4);
    Bundle bundle = Bundle.at(noise);
    Path pool = folder.resolve("pool");
    PoolSpec paths = PoolSpec.of(bundle, 24);
    // Some are there already.
    PoolRun.run(paths.withCount(5), EXECUTION, pool, Progress.SILENT);
    PoolResult drawn =
        Jobs.POOL.by(Cluster.find().pool("local[2]")).run(paths, EXECUTION, pool, Progress.SILENT);
    assertThat(drawn.imagesSha256())
        .isEqualTo(
            PoolRun.run(paths, EXECUTION, folder.resolve("one"), Progress.SILENT).imagesSha256());
    StudySpec like =
        StudySpec.exact(bundle, "feature:0@pre", 3)
            .withPool(new PoolChoice.Kept(pool.toString()))
            .withCount(2);
    ManySpec many = new ManySpec(like, List.of(2, 5, 11));
    Path all = folder.resolve("all");
    ManyResult result =
        Jobs.VISUALIZE_ALL
            .by(Cluster.find().visualizeAll("local[2]"))
            .run(many, EXECUTION, all, Progress.SILENT);
    assertThat(result.refused()).isEmpty();
    assertThat(result.drawn()).isEqualTo(3);
    for (int feature : List.of(2, 5, 11)) {
      Path alone = folder.resolve("alone-" + feature);
      StudyResult run = Study.run("visualize", many.of(feature), EXECUTION, alone, Progress.SILENT);
      Path own = all.resolve("jobs").resolve(many.folder(feature));
      assertThat(own.resolve("job.json")).exists();
      for (StudyResult.ImageResult image : run.results().get(0).images()) {
        assertThat(own.resolve(image.file())).hasSameBinaryContentAs(alone.resolve(image.file()));
      }
      assertThat(Files.exists(own.resolve("index.html"))).isTrue();
    }
  }
}
