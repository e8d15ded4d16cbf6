package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may make a run in a folder, and what is left there. */
class RunFolderTest {
  private record Found(String identity, int made) {}

  @TempDir private Path temporary;
  private final AtomicInteger made = new AtomicInteger();
  private Path folder;

  @BeforeEach
  void name() {
    folder = temporary.resolve("new/out");
  }

  private Found once(String identity) throws IOException {
    return RunFolder.once(
        folder, Found.class, identity, Found::identity, run -> make(run, identity));
  }

  private Found make(RunFolder run, String identity) throws IOException {
    WholeFile.writeText(run.file("picture"), identity);
    return new Found(identity, made.incrementAndGet());
  }

  @Test
  void aFinishedRunIsAnsweredFromAFolderThatNothingIsWrittenTo() throws IOException {
    Found first = once("a");
    Object before = Files.getLastModifiedTime(folder);
    assertThat(once("a")).isEqualTo(first);
    assertThat(Files.getLastModifiedTime(folder)).isEqualTo(before);
    assertThat(folder.resolve(".state")).doesNotExist();
    assertThatThrownBy(() -> once("b")).hasMessageContaining("holds a finished run with other");
  }

  @Test
  void whatAnotherProcessFinishedBeforeTheLockIsNotMadeAgain() throws IOException {
    once("old");
    AtomicInteger asked = new AtomicInteger();
    Found found =
        RunFolder.renew(
            folder,
            Found.class,
            "claim",
            there -> {
              if (asked.getAndIncrement() == 0) {
                // The other one is faster: it finishes between this one's question and its lock.
                renew("new");
              }
              return asked.get() > 1 && there.identity().equals("new");
            },
            run -> make(run, "new"));
    assertThat(found).isEqualTo(new Found("new", 2));
    assertThat(made).as("once old, once new").hasValue(2);
    assertThat(folder.resolve(".state")).doesNotExist();
  }

  private void renew(String identity) {
    try {
      RunFolder.renew(folder, Found.class, "claim", there -> false, run -> make(run, identity));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last is what another command finds. */
  @ParameterizedTest
  @ValueSource(strings = {"", "{\"identity\": \"a\", ", "[]", "{\"made\": \"of wood\"}"})
  void aFolderWhoseRunCannotBeReadIsRefusedWithTheWayOut(String json) throws IOException {
    WholeFile.writeText(Files.createDirectories(folder).resolve("run.json"), json);
    assertThatThrownBy(() -> once("a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is damaged, or of another command: give another folder");
    assertThat(made).hasValue(0);
  }

  @Test
  void oneAtATime() {
    assertThatThrownBy(
            () ->
                RunFolder.once(
                    folder,
                    Found.class,
                    "a",
                    Found::identity,
                    run -> {
                      WholeFile.writeText(run.state("begun"), "");
                      return once("a");
                    }))
        .hasMessageContaining("is in use by another run");
    assertThat(made).hasValue(0);
  }

  /** Whoever is refused in this process must not free the folder for others. */
  @Test
  void aRunThatIsRefusedLeavesTheFolderToWhoHoldsItAlsoInOtherProcesses() throws Exception {
    try (RunFolder held = RunFolder.open(folder, "a")) {
      assertThat(held.file("x")).hasParentRaw(folder);
      assertThat(otherProcess()).isEqualTo("in use");
      assertThatThrownBy(() -> RunFolder.open(folder, "a")).hasMessageContaining("is in use");
      Path sameFolder = temporary.resolve("new/../new/out");
      assertThatThrownBy(() -> RunFolder.open(sameFolder, "a")).hasMessageContaining("is in use");
      assertThat(otherProcess()).as("after two were refused").isEqualTo("in use");
    }
    assertThat(otherProcess()).isEqualTo("opened");
  }

  private String otherProcess() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    String classes = System.getProperty("java.class.path");
    Process other =
        new ProcessBuilder(
                java.toString(), "-cp", classes, Opening.class.getName(), folder.toString())
            .redirectErrorStream(true)
            .start();
    return new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  /** Another process that wants the folder. */
  static final class Opening {
    private Opening() {}

    public static void main(String[] folder) throws IOException {
      try (RunFolder opened = RunFolder.open(Path.of(folder[0]), "a")) {
        System.out.println("opened");
      } catch (SpecException e) {
        System.out.println("in use");
      }
    }
  }

  @Test
  void aRunThatIsRefusedLeavesNoFolder() {
    assertThatThrownBy(() -> fail(run -> {})).hasMessage("refused");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void aRunThatStopsLeavesWhatItHadAndIsGoneOnWithByItsOwnKindOnly() throws IOException {
    assertThatThrownBy(() -> fail(run -> WholeFile.writeText(run.state("begun"), "")))
        .hasMessage("refused");
    assertThat(folder.resolve(".state/begun")).exists();
    assertThatThrownBy(() -> once("b")).hasMessageContaining("holds an unfinished run with other");
    assertThat(once("a").made()).isEqualTo(1);
    assertThat(folder).isDirectoryNotContaining("glob:**.state");
  }

  private interface Before {
    void in(RunFolder run) throws IOException;
  }

  private void fail(Before before) throws IOException {
    RunFolder.once(
        folder,
        Found.class,
        "a",
        Found::identity,
        run -> {
          before.in(run);
          throw new IllegalArgumentException("refused");
        });
  }
}
