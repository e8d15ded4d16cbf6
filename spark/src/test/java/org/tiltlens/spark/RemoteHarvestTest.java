package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.harvest.ShardsFile;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** Harvests on Spark of images that only a file system of Hadoop's leads to. */
class RemoteHarvestTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 2, 1);

  /** In front of an absolute path, the path itself, and as long as {@code toy:}. */
  private static final String SAME = "/./.";

  @TempDir private Path folder;
  private final List<String> said = new ArrayList<>();

  private Map<String, String> settings() {
    return Map.of(
        "spark.ui.enabled",
        "false",
        "spark.log.level",
        "ERROR",
        "spark.hadoop." + ToyFiles.SETTING,
        ToyFiles.class.getName(),
        SparkHarvest.EACH,
        "16",
        CopyCache.FOLDER,
        folder.resolve("cache").toString());
  }

  @BeforeEach
  void set() {
    settings().forEach(System::setProperty);
    ToyFiles.forget();
  }

  @AfterEach
  void forget() {
    settings().keySet().forEach(System::clearProperty);
  }

  private Path harvest(String images, String name) throws IOException {
    Path out = folder.resolve(name);
    HarvestSpec spec = PoisonedCorpus.harvest(Path.of("/")).withImages(images);
    Progress progress =
        new Progress() {
          @Override
          public Task begin(String what, long steps) {
            return new Task() {};
          }

          @Override
          public void say(String line) {
            said.add(line);
          }
        };
    if (images.startsWith("toy:")) {
      Cluster.find().harvest("local[2,3]").run(spec, EXECUTION, out, progress);
    } else {
      HarvestStudy.run(spec, EXECUTION, out, Progress.SILENT);
    }
    return out;
  }

  /** A file's bytes as they would be if the images had lain on the disk. */
  private static String local(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
        .replace("toy:/", SAME + "/");
  }

  private void assertSame(Path images) throws IOException {
    Path plain = harvest(SAME + images, "plain-" + images.getFileName() + ".parquet");
    Path spark = harvest(ToyFiles.address(images), images.getFileName() + ".parquet");
    assertThat(Files.readAllBytes(spark)).isNotEqualTo(Files.readAllBytes(plain));
    assertThat(local(spark)).isEqualTo(local(plain));
    assertThat(SkippedFile.beside(spark)).hasSameTextualContentAs(SkippedFile.beside(plain));
  }

  @Test
  void aFolderOfWhichOneReadFailsGivesTheTableOfADisk() throws IOException {
    Path images = folder.resolve("images");
    for (int i = 0; i < 40; i++) {
      Corpora.png(images.resolve("%02d.png".formatted(i)), i);
    }
    Files.write(images.resolve("33.png"), new byte[7]);
    // More often than a task tries.
    ToyFiles.next("05.png", faults(4));
    assertSame(images);
    assertThat(ToyFiles.opened("05.png")).isEqualTo(5);
    assertThat(ToyFiles.opened("06.png")).isEqualTo(1);
    assertThat(Files.readString(SkippedFile.beside(folder.resolve("images.parquet"))))
        .startsWith("33.png: ");
    ToyFiles.next("05.png", faults(20));
    assertThatThrownBy(() -> harvest(ToyFiles.address(images), "gone.parquet"))
        .hasMessageContaining("cannot read 'toy:" + images + "/05.png'");
    assertThat(folder.resolve("gone.parquet")).doesNotExist();
  }

  private static ToyFiles.Fault[] faults(int count) {
    ToyFiles.Fault[] faults = new ToyFiles.Fault[count];
    Arrays.fill(faults, ToyFiles.Fault.BROKEN_CONNECTION);
    return faults;
  }

  @Test
  void anAddressOnTheCommandLineLeadsThereToo() throws IOException, InterruptedException {
    Path images = folder.resolve("named");
    for (int i = 0; i < 20; i++) {
      Corpora.png(images.resolve("%02d.png".formatted(i)), i);
    }
    Path plain = harvest(SAME + images, "plain-named.parquet");
    Path out = folder.resolve("named.parquet");
    assertThat(commandLine(ToyFiles.address(images), out)).isZero();
    assertThat(local(out)).isEqualTo(local(plain));
    assertThat(commandLine("nowhere://host/images", folder.resolve("no.parquet"))).isNotZero();
    List<String> log = Files.readAllLines(folder.resolve("log"));
    assertThat(log.get(log.size() - 1)).startsWith("tiltlens: ").contains("nowhere");
    assertThat(log).noneMatch(line -> line.startsWith("\tat org.tiltlens"));
  }

  /** In a process of its own, as it ends its own. */
  private int commandLine(String images, Path out) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    settings().forEach((name, value) -> words.add("-D" + name + "=" + value));
    HarvestSpec spec = PoisonedCorpus.harvest(Path.of("/"));
    words.addAll(
        List.of(
            "-Dspark.master=local[2]",
            "-cp",
            System.getProperty("java.class.path"),
            TiltlensSpark.class.getName(),
            "harvest",
            "--images",
            images,
            "--vision",
            spec.vision(),
            "--dictionary",
            spec.dictionary(),
            "--image-size",
            Integer.toString(spec.framing().size()),
            "--out",
            out.toString()));
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start()
        .waitFor();
  }

  @Test
  void shardsAreCopiedOnceAndEachTellsWhatItHad() throws IOException {
    Path shards = folder.resolve("shards");
    for (int shard = 0; shard < 3; shard++) {
      String[] names = new String[15];
      for (int i = 0; i < names.length; i++) {
        boolean broken = shard == 1 && (i == 3 || i == 9);
        names[i] = "%d-%02d%s.png".formatted(shard, i, broken ? "-broken" : "");
      }
      names[14] = "../out.png";
      Corpora.tar(shards.resolve("train-%d.tar".formatted(shard)), names);
    }
    ToyFiles.next("train-2.tar", ToyFiles.Fault.CUT);
    assertSame(shards);
    assertThat(ToyFiles.opened("train-1.tar")).isEqualTo(1);
    assertThat(ToyFiles.opened("train-2.tar")).isEqualTo(2);
    Path table = folder.resolve("shards.parquet");
    String each =
        """
        train-0.tar: 14 images, 1 left out
        train-1.tar: 14 images, 3 left out
        train-2.tar: 14 images, 1 left out
        """;
    assertThat(ShardsFile.beside(table)).hasContent(each);
    assertThat(ShardsFile.beside(folder.resolve("plain-shards.parquet"))).hasContent(each);
    assertThat(said)
        .containsSubsequence(
            "3 shards with 42 images, 5 left out: each is in " + ShardsFile.beside(table),
            "train-1.tar: 14 images, 3 left out");
    assertThat(Files.readString(SkippedFile.beside(table)))
        .contains("train-0.tar/../out.png: has an unsafe name")
        .contains("train-1.tar/1-09-broken.png: ");
  }
}
