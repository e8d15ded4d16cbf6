package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import javax.imageio.IIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  private static final String FULL = "No space left on device";

  @TempDir Path folder;

  @Test
  void whatCannotBeWrittenIsNamedAndLeavesNothing() {
    Path file = folder.resolve("pool.json");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IIOException("I/O error writing PNG file!", new IOException(FULL));
                    }))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(FULL);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFailureLeavesTheFormerFile() throws IOException {
    Path file = folder.resolve("run.json");
    WholeFile.writeText(file, "before");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    out -> {
                      throw new IOException(FULL);
                    }))
        .isInstanceOf(IOException.class);
    assertThat(file).hasContent("before");
  }
}
