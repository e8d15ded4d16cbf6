package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Execution;

/** Folders of parts, which may be told to be where somebody's own files are. */
class PartFilesTest {
  @TempDir private Path home;

  @Test
  void filesOfOthersAreNeitherTakenOverNorRemoved() throws IOException {
    Path folder = Files.createDirectory(home.resolve("parts"));
    Path thesis = Files.writeString(folder.resolve("thesis.txt"), "years");
    PartFiles parts = new PartFiles(folder.toUri().toString());
    assertThatThrownBy(() -> parts.open("these"))
        .hasMessageContaining("holds 'thesis.txt'")
        .hasMessageContaining("spark.tiltlens.parts");
    Files.delete(thesis);
    parts.open("these");
    assertThatThrownBy(() -> parts.open("others"))
        .hasMessageContaining("other images, models or settings");
    Files.writeString(thesis, "years");
    parts.open("these");
    parts.delete();
    assertThat(folder.toFile().list()).containsExactly("thesis.txt");
    Files.delete(thesis);
    parts.delete();
    assertThat(folder).doesNotExist();
  }

  @Test
  void aMasterThatDoesNotAnswerIsSaidAtOnce() {
    assertThatThrownBy(
            () -> Contexts.open("spark://127.0.0.1:1", "harvest", new Execution("cpu", 1, 1, 1)))
        .hasMessageContaining("spark://127.0.0.1:1")
        .hasMessageContaining("no master answers there");
  }
}
