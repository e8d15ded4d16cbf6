package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.fixture.FuzzedBytes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What must hold for any bytes at all: a checkpoint or one clear error, within bounded memory. */
final class FuzzedFile {
  private static final int LOADED = 8;

  private FuzzedFile() {}

  /** Opens {@code bytes} as a checkpoint and loads its first tensors. */
  static void survives(byte[] bytes) {
    Path file = FuzzedBytes.file(bytes);
    bounded(
        bytes.length,
        () -> {
          try (TensorStore store = Checkpoints.open(file);
              Scope scope = Scope.open()) {
            store.entries().keySet().stream().limit(LOADED).forEach(name -> load(store, name));
          }
        });
  }

  private static void load(TensorStore store, String name) {
    Tensor tensor = store.load(name);
    assertThat(Tensors.shape(tensor)).isEqualTo(Shapes.array(store.entries().get(name).shape()));
  }

  /** Runs {@code work}, which may end in a one-line {@link CheckpointException}. */
  static void bounded(long size, Runnable work) {
    FuzzedBytes.bounded(size, CheckpointException.class, work);
  }
}
