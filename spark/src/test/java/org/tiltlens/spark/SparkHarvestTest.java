package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** Harvests on Spark against those of one machine. */
class SparkHarvestTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 2, 1);

  @TempDir private Path folder;
  private final Map<String, String> set = new TreeMap<>();

  @BeforeAll
  static void distribution() throws IOException {
    SparkHome.make();
  }

  @BeforeEach
  void usual() {
    set("spark.ui.enabled", "false");
    set("spark.log.level", "ERROR");
    set("spark.driver.host", "localhost");
    set("spark.executor.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1");
    set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
  }

  @AfterEach
  void forget() {
    set.keySet().forEach(System::clearProperty);
  }

  private void set(String key, String value) {
    System.setProperty(key, value);
    set.put(key, value);
  }

  private Path harvested(String master, HarvestSpec spec, String name) throws IOException {
    Path out = folder.resolve(name);
    HarvestStudy.Outcome outcome =
        Jobs.HARVEST.by(Cluster.find().harvest(master)).run(spec, EXECUTION, out, Progress.SILENT);
    assertThat(outcome.info().skipped()).isEqualTo(PoisonedCorpus.POISONED.size());
    return out;
  }

  private static void assertSame(Path actual, Path expected) {
    assertThat(actual).hasSameBinaryContentAs(expected);
    assertThat(SkippedFile.beside(actual)).hasSameTextualContentAs(SkippedFile.beside(expected));
    assertThat(actual.resolveSibling(actual.getFileName() + ".parts")).doesNotExist();
  }

  /** Separate JVMs, of which one is killed, a task that fails twice, and speculation. */
  @Test
  void aClusterOnWhichAllGoesWrongWritesTheRowsOfOneMachine() throws IOException {
    HarvestSpec spec =
        PoisonedCorpus.harvest(PoisonedCorpus.write(folder.resolve("images.zip"), 5000));
    Path one = folder.resolve("one.parquet");
    HarvestStudy.run(spec, EXECUTION, one, Progress.SILENT);
    Path faults = Files.createDirectories(folder.resolve("faults"));
    set(SparkHarvest.EACH, "320"); // 16 parts
    set("spark.speculation", "true");
    set("spark.plugins", Faults.class.getName());
    set(Faults.FOLDER, faults.toString());
    assertSame(harvested("local-cluster[2,1,1024]", spec, "cluster.parquet"), one);
    assertThat(faults.resolve("killed")).exists();
    assertThat(faults.resolve("failed-1")).exists();
  }
}
