package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.MemoryBound;

class ModelFilesTest {
  @TempDir private Path folder;

  private static ModelFiles prior(Path path) {
    return new ModelFiles("vision", Map.of(), null, null, path.toString(), Map.of(), null);
  }

  /** A file of holes, which takes no room on the disk. */
  private static void write(Path file, long bytes) throws IOException {
    try (RandomAccessFile written = new RandomAccessFile(file.toFile(), "rw")) {
      written.setLength(bytes);
    }
  }

  /** Of a memory M: (0.7 M - 2.5 M / 20) / (3 M / 20) = 3.8 images. */
  @Test
  void aFolderIsAsLargeAsItsFiles() throws IOException {
    long all = MemoryBound.machineBytes() / 20;
    Path file = folder.resolve("whole.safetensors");
    Path shards = Files.createDirectory(folder.resolve("shards"));
    write(file, all);
    write(shards.resolve("model-00001-of-00002.safetensors"), all / 2);
    write(shards.resolve("model-00002-of-00002.safetensors"), all - all / 2);
    assertThat(ModelFiles.bytes(shards.toString())).isEqualTo(all);
    assertThat(prior(file).usualBatch(64)).isEqualTo(3);
    assertThat(prior(shards).usualBatch(64)).isEqualTo(3);
    assertThat(prior(shards).usualBatch(2)).isEqualTo(2);
  }

  /**
   * Of 140 GB: (126 - 5.5) / 6.6 = 18.3 of the published size, and 16 were seen to take 92.5 GB.
   */
  @Test
  void aCardTakesWhatItsFreeMemoryHolds() {
    long published = 2_200_000_000L;
    assertThat(ModelFiles.onCard(published, 140_000_000_000L)).isEqualTo(16);
    assertThat(ModelFiles.onCard(published, 130_000_000_000L)).isEqualTo(16);
    assertThat(ModelFiles.onCard(published, 24_000_000_000L)).isEqualTo(2);
    assertThat(ModelFiles.onCard(published, 1_000_000_000L)).isEqualTo(1);
    assertThat(ModelFiles.onCard(1_000_000, 24_000_000_000L)).isEqualTo(128);
    assertThat(ModelFiles.onCard(0, 0)).isEqualTo(128);
  }

  @Test
  void theProcessorTakesOnePerThread() {
    String missing = folder.resolve("nowhere").toString();
    assertThat(ModelFiles.usualBatch(missing, Device.CPU, 5)).isEqualTo(5);
  }

  @Test
  void aMissingPriorIsReportedWhenItIsOpened() {
    assertThat(prior(folder.resolve("nowhere")).usualBatch(5)).isEqualTo(5);
  }
}
