package org.tiltlens.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Opens a checkpoint by what it is, not by its name. */
public final class Checkpoints {
  private static final List<String> SINGLE =
      List.of("model.safetensors", "sae_weights.safetensors");

  private Checkpoints() {}

  /**
   * Opens a safetensors file, a PyTorch file (zip or legacy), or a folder that holds {@code
   * model.safetensors}, shards with their index, or {@code sae_weights.safetensors}.
   *
   * @throws CheckpointException if the path is missing, damaged or none of these
   */
  public static TensorStore open(Path path) {
    return Files.isDirectory(path) ? openFolder(path) : openFile(path);
  }

  private static TensorStore openFolder(Path folder) {
    for (String name : SINGLE) {
      if (Files.exists(folder.resolve(name))) {
        return openFile(folder.resolve(name));
      }
    }
    throw new CheckpointException(
        "folder '"
            + folder
            + "' holds no checkpoint: expected one of "
            + String.join(", ", SINGLE));
  }

  private static TensorStore openFile(Path path) {
    OpenFile file = new OpenFile(path);
    try {
      return SafetensorsFile.open(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }
}
