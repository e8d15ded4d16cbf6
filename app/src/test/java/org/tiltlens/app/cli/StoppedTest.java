package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class StoppedTest {
  private static final String[] NOTHING = {};

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @TempDir private Path folder;

  private Stopped stopped(String... words) {
    CommandLine line = Tiltlens.commandLine();
    line.parseArgs(words);
    return new Stopped(line, new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "harvest --images a --out b | again to go on with 'b'",
        "train vision --images a --out b --steps 3 | again with --resume to go on from the last"
            + " checkpoint in 'b'",
        "train vision --images a --out b --steps 3 --resume | again to go on from the last",
        "retrieve --feature 3 | run the same command again; it begins anew",
        "visualize --feature 3 | run the same command again (nothing was done yet)",
        "inspect a | run the same command again",
      })
  void eachCommandSaysOnceHowToGoOn(String command, String expected) {
    Stopped stopped = stopped(command.split(" "));
    stopped.run();
    stopped.run();
    assertThat(lines()).hasSize(1);
    assertThat(lines().get(0)).startsWith("tiltlens: stopped: ").contains(expected);
  }

  @Test
  void whatEndedByItselfSaysNothing() {
    Stopped stopped = stopped(NOTHING);
    assertThat(stopped.ended()).isTrue();
    stopped.run();
    assertThat(lines()).isEmpty();
  }

  /** As by SIGTERM, of which Java's own code is 128 + 15. */
  @Test
  void aSignalIsAnsweredInOneLine() throws Exception {
    Path log = folder.resolve("log");
    List<String> words =
        List.of("visualize", "--feature", "3", "--guidance", "tilt", "--beta", "1", "--steps");
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of("40", "--count", "100", "--out", folder.resolve("out").toString()));
    Process process = OwnProcess.start(all, log);
    for (int i = 0; i < 600 && process.isAlive(); i++) {
      if (Files.exists(folder.resolve("out/.state/identity.json"))) {
        break;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    process.destroy();
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(Files.readAllLines(log).stream().filter(l -> l.contains("stopped")))
        .containsExactly(
            "tiltlens: stopped: run the same command again to go on from what is kept in '"
                + folder.resolve("out")
                + "'");
  }

  /** The engine would not survive that the process ends in the middle of a step. */
  @Test
  void aTrainingSavesItselfBeforeItEnds() throws Exception {
    ByteBuffer images = ByteBuffer.allocate(16 + 64 * 28 * 28);
    images.putInt(0x803).putInt(64).putInt(28).putInt(28);
    Path corpus = Files.write(folder.resolve("images-idx3-ubyte"), images.array());
    Path log = folder.resolve("log");
    Path out = folder.resolve("out");
    List<String> words = new ArrayList<>(List.of("train", "prior", "--images", corpus.toString()));
    words.addAll(List.of("--image-size", "32", "--channels", "32", "--channel-mult", "1"));
    words.addAll(List.of("--res-blocks", "1", "--attention", "16", "--batch", "8"));
    words.addAll(List.of("--steps", "100000", "--samples", "0", "--out", out.toString()));
    Process process = OwnProcess.start(words, log);
    for (int i = 0; i < 600 && process.isAlive(); i++) {
      if (Files.readString(log).contains("training prior: ")) {
        break;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    process.destroy();
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(Files.readString(log)).contains("tiltlens: stopped: ").doesNotContain("lost");
    assertThat(out.resolve("training.safetensors")).isNotEmptyFile();
  }
}
