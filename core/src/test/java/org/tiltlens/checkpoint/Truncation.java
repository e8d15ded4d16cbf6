package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import org.tiltlens.torch.Scope;

/** A file cut anywhere must be refused, and only with the exception meant for it. */
final class Truncation {
  private Truncation() {}

  static void everyCutIsRefused(Path folder, byte[] whole) {
    load(folder, whole);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> load(folder, cut))
          .as("cut at " + length)
          .isInstanceOf(CheckpointException.class);
    }
  }

  private static void load(Path folder, byte[] bytes) {
    try (TensorStore store = CheckpointBytes.open(folder, bytes);
        Scope scope = Scope.open()) {
      store.entries().keySet().forEach(store::load);
    }
  }
}
