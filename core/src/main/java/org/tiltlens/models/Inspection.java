package org.tiltlens.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.vision.ConvNextConfig;
import org.tiltlens.vision.QualiClip;
import org.tiltlens.vision.TorchScriptModel;
import org.tiltlens.vision.VitConfig;

/**
 * What a checkpoint holds, read from its headers alone.
 *
 * @param path the file or folder
 * @param architecture what Tiltlens recognises it as, one line; null if nothing
 * @param parameters elements of all tensors
 * @param bytes their size as stored
 * @param metadata the file's own free text
 * @param tensors every tensor, in the file's order; none of a TorchScript file, which is not read
 *     as data
 */
public record Inspection(
    String path,
    String architecture,
    long parameters,
    long bytes,
    Map<String, String> metadata,
    List<Entry> tensors) {

  /**
   * One tensor.
   *
   * @param dtype its safetensors name, such as {@code BF16}
   */
  public record Entry(String name, String dtype, List<Long> shape) {
    long elements() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /**
   * Inspects a checkpoint file or folder.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if it cannot be read
   */
  public static Inspection of(Path path) {
    Optional<String> program = TorchScriptModel.describe(path);
    if (program.isPresent()) {
      return new Inspection(path.toString(), program.get(), 0, 0, Map.of(), List.of());
    }
    try (TensorStore store = Checkpoints.open(path)) {
      List<Entry> entries =
          store.entries().values().stream()
              .map(tensor -> new Entry(tensor.name(), tensor.dtype().name(), tensor.shape()))
              .toList();
      return new Inspection(
          path.toString(),
          architecture(path, store),
          entries.stream().mapToLong(Entry::elements).sum(),
          store.entries().values().stream().mapToLong(Inspection::bytes).sum(),
          store.metadata(),
          entries);
    }
  }

  private static long bytes(TensorInfo tensor) {
    return tensor.shape().stream().reduce(1L, (a, b) -> a * b) * tensor.dtype().bytes();
  }

  private static String architecture(Path path, TensorStore store) {
    return Stream.of(
            ConvNextConfig.recognise(store).map(ConvNextConfig::describe),
            VitConfig.recognise(store, Checkpoints.config(path)).map(VitConfig::describe),
            AdmCheckpoint.describe(store),
            QualiClip.describe(store),
            SparseDictionary.describe(path))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(null);
  }
}
