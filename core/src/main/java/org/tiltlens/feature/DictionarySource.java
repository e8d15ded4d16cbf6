package org.tiltlens.feature;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.TensorStore;

/**
 * A dictionary's files before it is known what they mean: its tensors, and the settings beside
 * them.
 */
record DictionarySource(Path folder, TensorStore store) implements AutoCloseable {
  /**
   * Opens a folder, or a file of weights with its settings beside it.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there are no weights, or damaged ones
   */
  static DictionarySource open(Path path) {
    Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
    return new DictionarySource(folder, Checkpoints.open(path));
  }

  Optional<JsonSettings> settings(String name) {
    return JsonSettings.in(folder, name);
  }

  /** The settings that the file of weights itself carries in an object of this name. */
  Optional<JsonSettings> stored(String object) {
    return JsonSettings.in(store.metadata(), object, store.source());
  }

  /** Whether there is a tensor of this name, with or without a prefix. */
  boolean holds(String name) {
    return store.entries().keySet().stream()
        .anyMatch(stored -> stored.equals(name) || stored.endsWith("." + name));
  }

  @Override
  public void close() {
    store.close();
  }
}
