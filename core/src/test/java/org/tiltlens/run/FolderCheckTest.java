package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderCheckTest {
  @TempDir private Path folder;

  private void refused(Path root, String... expected) {
    assertThatThrownBy(() -> FolderCheck.require(root, "visualize"))
        .isInstanceOf(SpecException.class)
        .hasMessageContainingAll(expected);
  }

  @Test
  void aNewFolderIsFreeAndStaysUnmade() throws IOException {
    Path root = folder.resolve("a/b");
    FolderCheck.require(root, "visualize");
    assertThat(folder.resolve("a")).doesNotExist();
  }

  @Test
  void aFileOnTheWayIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("notes"), "hello");
    refused(file, "notes' is a file", "give another folder");
    assertThatThrownBy(() -> FolderCheck.requireCache(file))
        .hasMessageContainingAll("notes' is a file", "XDG_CACHE_HOME", "tiltlens.cache");
    refused(file.resolve("deeper/still"), "notes' is a file");
  }

  @Test
  void aFileIsMadeWhereThereIsNothing() throws IOException {
    FolderCheck.requireFile(folder.resolve("new/table"));
    assertThat(folder.resolve("new")).doesNotExist();
    Path there = Files.writeString(folder.resolve("there"), "hello");
    assertThatThrownBy(() -> FolderCheck.requireFile(there))
        .hasMessageContaining("there' exists already");
    assertThatThrownBy(() -> FolderCheck.requireFile(folder))
        .hasMessageContaining("is a folder: give another file");
    assertThatThrownBy(() -> FolderCheck.requireFile(there.resolve("table")))
        .hasMessageContaining("there' is a file");
  }

  @Test
  void runsOfOtherCommandsAreNamed() throws IOException {
    Path finished = Files.createDirectory(folder.resolve("finished"));
    WholeFile.writeText(
        finished.resolve(RunFolder.RUN_JSON), Json.write(Map.of("command", "retrieve")));
    refused(finished, "a finished run of `tiltlens retrieve`", "for visualize");
    assertThatCode(() -> FolderCheck.require(finished, "retrieve")).doesNotThrowAnyException();

    Path killed = folder.resolve("killed");
    RunFolder.open(killed, Json.write(Map.of("command", "demo"))).close();
    refused(killed, "an unfinished run of `tiltlens demo`");
    assertThat(RunFolder.isBegun(killed, "demo")).isTrue();
    assertThat(RunFolder.isBegun(killed, "visualize")).as("gone on with").isFalse();
    assertThat(RunFolder.isBegun(finished, "retrieve")).isFalse();
    assertThatCode(() -> FolderCheck.require(killed, "demo")).doesNotThrowAnyException();
  }

  @Test
  void aRunUnderWayKeepsItsFolder() throws IOException {
    String identity = Json.write(Map.of("command", "visualize"));
    try (RunFolder run = RunFolder.open(folder, identity)) {
      refused(folder, "in use by another run of this process");
      assertThatThrownBy(() -> RunFolder.open(folder, identity))
          .isInstanceOf(RunFolder.InUse.class);
      assertThat(run.state(Holder.NAME)).hasContent("" + ProcessHandle.current().pid());
      // As another process would have written it.
      WholeFile.writeText(run.state(Holder.NAME), "1");
      refused(folder, "in use by process 1 (tiltlens visualize, since 20", "another folder");
      WholeFile.writeText(run.state(Holder.NAME), "");
      refused(folder, "in use by another run:");
    }
    assertThatCode(() -> FolderCheck.require(folder, "visualize")).doesNotThrowAnyException();
  }
}
