package org.tiltlens.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read is read, what is refused is refused in one line, and `inspect` knows it before. */
@Tag("golden")
class FilesTest {
  @TempDir private Path folder;

  static Stream<FileCase> all() {
    return FileCases.all().stream();
  }

  static Stream<FileCase> inspected() {
    return all().filter(file -> file.group().isInspected());
  }

  @ParameterizedTest
  @MethodSource("all")
  void eachIsReadOrRefusedAsTheTableSays(FileCase file) throws IOException {
    Path path = file.file().make(folder);
    if (!file.read()) {
      assertThatThrownBy(() -> file.group().open(path))
          .isInstanceOf(RuntimeException.class)
          .hasMessageContaining(file.says())
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    } else if (file.group().isInspected()) {
      assertThat(file.group().open(path)).isNotNull();
    } else {
      assertThat(file.group().open(path)).isEqualTo(file.says());
    }
  }

  @ParameterizedTest
  @MethodSource("inspected")
  void inspectSaysWhatLoadingSays(FileCase file) throws IOException {
    Path path = file.file().make(folder);
    Throwable loading = catchThrowable(() -> file.group().open(path));
    if (loading == null) {
      assertThat(file.group().inspect(path)).contains(file.says());
    } else {
      assertThatThrownBy(() -> file.group().inspect(path)).hasMessage(loading.getMessage());
    }
  }

  @Test
  void documentIsTheOneWrittenNow() throws IOException {
    assertThat(Files.readString(Path.of("../docs/files.md")))
        .as("run scripts/tool org.tiltlens.files.FilesTable docs/files.md")
        .isEqualTo(FilesTable.text());
  }
}
