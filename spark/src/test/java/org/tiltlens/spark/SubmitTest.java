package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/**
 * The commands of docs/scale.md as they are written there, in processes of their own.
 *
 * <p>{@code SPARK_HOME} is the jars of Maven Central as a distribution has them, or the unpacked
 * distribution that {@code TILTLENS_SPARK_DISTRIBUTION} names.
 */
class SubmitTest {
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final int IMAGES = 400;

  @TempDir private Path folder;

  /** The names that the page uses, for small files. */
  @BeforeEach
  void files() throws IOException {
    Path goldens = PROJECT.resolve("core/src/test/resources/goldens");
    Files.createSymbolicLink(folder.resolve("tiltlens-spark"), PROJECT.resolve("tiltlens-spark"));
    Files.copy(goldens.resolve("dinov3_convnext.pth"), folder.resolve("dinov3_convnext_large.pth"));
    Files.createSymbolicLink(folder.resolve("transcoder"), goldens.resolve("cnnsae"));
    PoisonedCorpus.write(folder.resolve("photos.zip"), IMAGES);
    // What this runs with was just built, of which the launcher judges by these files' times.
    for (String built : List.of("classpath", "spark-classpath")) {
      Files.setLastModifiedTime(
          PROJECT.resolve("spark/target").resolve(built), FileTime.from(Instant.now()));
    }
  }

  /** A block of commands of the page, by its place. */
  private static String commands(int block) throws IOException {
    Matcher all = COMMANDS.matcher(Files.readString(PROJECT.resolve("docs/scale.md")));
    List<String> found = all.results().map(each -> each.group(1)).toList();
    return found.get(block);
  }

  /** With one option more, as the tiny network would else be shown images of 224 pixels. */
  private Process start(String commands, Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euc", commands.strip() + " --image-size 32")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    builder.environment().remove("SPARK_HOME");
    builder.environment().putAll(environment);
    return builder.start();
  }

  private void run(String commands, Map<String, String> environment)
      throws IOException, InterruptedException {
    int code = start(commands, environment).waitFor();
    assertThat(code).as(Files.readString(folder.resolve("log"))).isZero();
  }

  /** Of the same files by one process, which is told their names as the commands tell them. */
  private Path expected(Path actual) throws IOException {
    HarvestSpec asked;
    try (org.tiltlens.harvest.FeatureTable table = org.tiltlens.harvest.FeatureTable.open(actual)) {
      asked = table.info().spec();
    }
    // Names are relative to the folder that the command ran in.
    HarvestSpec here =
        asked
            .withModels(
                folder.resolve(asked.vision()).toString(),
                folder.resolve(asked.dictionary()).toString())
            .withImages(folder.resolve(asked.images()).toString());
    Path out = folder.resolve("expected.parquet");
    HarvestStudy.run(here, new Execution("cpu", 1, 2, 1), out, Progress.SILENT);
    return out;
  }

  private static String distribution() {
    String given = System.getenv("TILTLENS_SPARK_DISTRIBUTION");
    return given == null ? PROJECT.resolve("spark/target/spark-home").toString() : given;
  }

  private Map<String, Long> partsIn(Path parts) throws IOException {
    Map<String, Long> times = new TreeMap<>();
    try (Stream<Path> inside = Files.list(parts)) {
      for (Path each : inside.toList()) {
        if (each.getFileName().toString().startsWith("part-")) {
          FileTime written = Files.getLastModifiedTime(each);
          times.put(each.getFileName().toString(), written.toMillis());
        }
      }
    } catch (java.nio.file.NoSuchFileException e) {
      return times;
    }
    return times;
  }

  /** Parts of 64 images; killed in the middle, and started again. */
  @Test
  void aKilledDriverLosesThePartsUnderWay() throws IOException, InterruptedException {
    Path parts = folder.resolve("parts-of-64.parquet.parts");
    String commands = commands(1);
    Process first = start("exec " + commands, Map.of());
    while (partsIn(parts).size() < 2 && first.isAlive()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    first.destroyForcibly().waitFor();
    Map<String, Long> before = partsIn(parts);
    assertThat(before).as(Files.readString(folder.resolve("log"))).hasSizeBetween(2, 6);
    // Kept to be looked at when the second has ended, which removes its parts.
    Path kept = Files.createDirectories(folder.resolve("kept"));
    for (String name : before.keySet()) {
      Files.createLink(kept.resolve(name), parts.resolve(name));
    }
    run(commands, Map.of());
    assertThat(partsIn(kept)).isEqualTo(before);
    Path table = folder.resolve("parts-of-64.parquet");
    assertThat(RowsOf.table(table)).isEqualTo(RowsOf.table(expected(table)));
    assertThat(parts).doesNotExist();
  }

  @Test
  @Tag("slow")
  void theCommandsOfThePageWriteTheRowsOfOneMachine() throws IOException, InterruptedException {
    run(commands(0), Map.of());
    Path table = folder.resolve("features.parquet");
    assertThat(RowsOf.table(table)).isEqualTo(RowsOf.table(expected(table)));
    run(
        commands(2),
        Map.of(
            "SPARK_HOME", distribution(),
            "MASTER", "local-cluster[2,1,1024]",
            "PARTS", folder.resolve("shared").toUri().toString()));
    assertThat(RowsOf.table(folder.resolve("cluster.parquet"))).isEqualTo(RowsOf.table(table));
  }
}
