package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** One tensor beyond the 2 GiB that a Java buffer or memory map can hold. */
@Tag("slow")
class LargeCheckpointTest {
  private static final long ROWS = (1L << 29) / 1024 + 1;

  @TempDir Path folder;

  @Test
  void safetensorsBeyondTwoGigabytes() {
    Path file = folder.resolve("large.safetensors");
    SafetensorsWriter.write(
        file,
        List.of(new TensorInfo("x", DType.F32, List.of(ROWS, 1024L))),
        Map.of(),
        name -> large());
    assertLarge(file);
  }

  @Test
  void pytorchBeyondTwoGigabytes() throws IOException {
    Path file = folder.resolve("large.pt");
    PytorchWriter.write(file, Map.of("x", List.of(ROWS, 1024L)), name -> large());
    assertLarge(file);
  }

  /** Ones, and one row of twos at the very end. */
  private static Tensor large() {
    return Tensors.cat(List.of(Tensors.full(1, ROWS - 1, 1024), Tensors.full(2, 1, 1024)), 0);
  }

  private static void assertLarge(Path file) {
    assertThat(file.toFile().length()).isGreaterThan(Integer.MAX_VALUE);
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      assertThat(Tensors.toFloats(store.loadRows("x", ROWS - 1, 1))).containsOnly(2);
      assertThat(Tensors.toDoubles(Tensors.sum(store.load("x"), 0)))
          .containsOnly((double) (ROWS - 1) + 2);
    }
  }
}
