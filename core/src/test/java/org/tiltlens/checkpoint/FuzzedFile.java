package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What must hold for any bytes at all: a checkpoint or one clear error, within bounded memory. */
final class FuzzedFile {
  /** Heap for fixed buffers, and per byte of input. */
  private static final long FIXED = 32L << 20;

  private static final long PER_BYTE = 2_000;

  private static final int LOADED = 8;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private FuzzedFile() {}

  /** Opens {@code bytes} as a checkpoint and loads its first tensors. */
  static void survives(byte[] bytes) {
    Path file = write(bytes);
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
    long limit = FIXED + PER_BYTE * size;
    if (allocated(work) > limit) {
      // The first run may have loaded classes; the second tells what the input costs.
      assertThat(allocated(work)).isLessThan(limit);
    }
  }

  private static long allocated(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      work.run();
    } catch (CheckpointException e) {
      assertThat(e.getMessage()).doesNotContain("\n");
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static Path write(byte[] bytes) {
    try {
      return Files.write(Holder.FILE, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Holder {
    static final Path FILE = create();

    private static Path create() {
      try {
        Path file = Files.createTempFile("tiltlens", ".checkpoint");
        file.toFile().deleteOnExit();
        return file;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
