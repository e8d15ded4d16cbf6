package org.tiltlens.checkpoint;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Opens a checkpoint by what it is, not by its name. */
public final class Checkpoints {
  private static final String CONFIG = "config.json";
  private static final int MAX_SETTINGS = 10_000_000;

  private Checkpoints() {}

  /**
   * Opens a safetensors file, a PyTorch file (zip or legacy), NumPy's {@code .npz}, or a folder
   * that holds {@code model.safetensors} or {@code pytorch_model.bin}, shards with their index,
   * {@code sae_weights.safetensors}, what a training of ours wrote, or one checkpoint of another
   * name.
   *
   * @throws CheckpointException if the path is missing, damaged or none of these
   */
  public static TensorStore open(Path path) {
    return Files.isDirectory(path)
        ? CheckpointFolder.open(path, Checkpoints::openFile)
        : openFile(path);
  }

  private static TensorStore openFile(Path path) {
    OpenFile file = new OpenFile(path);
    try {
      return switch (Format.of(file)) {
        case SAFETENSORS -> SafetensorsFile.open(file);
        case ZIP -> NpzFile.isOne(file) ? NpzFile.open(file) : PytorchZip.open(file);
        case PYTORCH_LEGACY -> PytorchLegacy.open(file);
      };
    } catch (CheckpointException e) {
      file.close();
      throw e.in(path.toString());
    }
  }

  /**
   * Whether a file of this name is what a training of ours leaves beside its network, which is the
   * same without it.
   */
  public static boolean isBesideTrained(String name) {
    return CheckpointFolder.isBesideTrained(name);
  }

  /**
   * Whether a path is a TorchScript file, a program ({@code torch.jit.save}) and no checkpoint.
   *
   * <p>Told by the zip file's directory; nothing in it is run. False for what cannot be read:
   * {@link #open} says what is wrong with it.
   */
  public static boolean isProgram(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (OpenFile file = new OpenFile(path)) {
      return Format.of(file) == Format.ZIP && PytorchZip.isProgram(file);
    } catch (CheckpointException e) {
      return false;
    }
  }

  /**
   * The text of the {@code config.json} that belongs to a checkpoint: the one in the folder, or the
   * one beside a file that has the name it would have in such a folder.
   *
   * @throws CheckpointException if there is one that cannot be read or is beyond 10 MB
   */
  public static Optional<String> config(Path path) {
    return settings(path, CONFIG);
  }

  /**
   * The text of a settings file of another name that belongs to a checkpoint, as {@link #config}.
   *
   * @throws CheckpointException if there is one that cannot be read or is beyond 10 MB
   */
  public static Optional<String> settings(Path path, String name) {
    Path folder = path;
    if (!Files.isDirectory(path)) {
      if (path.getFileName() == null || !CheckpointFolder.isUsual(path.getFileName().toString())) {
        return Optional.empty();
      }
      folder = path.toAbsolutePath().getParent();
    }
    return settings(folder.resolve(name));
  }

  /**
   * The text of a settings file beside a checkpoint; empty if there is none.
   *
   * @throws CheckpointException if there is one that cannot be read or is beyond 10 MB
   */
  public static Optional<String> settings(Path file) {
    return Files.exists(file)
        ? Optional.of(withoutMark(OpenFile.readSmall(file, MAX_SETTINGS)))
        : Optional.empty();
  }

  /** The text of UTF-8 bytes, without the byte order mark that some editors of Windows write. */
  private static String withoutMark(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /**
   * What stands before the names of the one network in a checkpoint, such as {@code model.} or
   * {@code module.backbone.}; empty if nothing does.
   *
   * @param marker the name of a tensor that every such network has, such as {@code
   *     downsample_layers.0.0.weight}
   * @throws CheckpointException if no tensor or more than one has such a name; use {@link
   *     TensorStore#under} to choose
   */
  public static String prefixOf(TensorStore store, String marker) {
    List<String> prefixes =
        store.entries().keySet().stream()
            .filter(name -> name.equals(marker) || name.endsWith("." + marker))
            .map(name -> name.substring(0, name.length() - marker.length()))
            .toList();
    if (prefixes.size() == 1) {
      return prefixes.get(0);
    }
    if (prefixes.isEmpty()) {
      String there = store.metadata().get(marker);
      throw new CheckpointException(
          "%s: there is no tensor '%s', with or without a prefix%s"
              .formatted(store.source(), marker, CheckpointException.instead(there)));
    }
    throw new CheckpointException(
        "%s: tensor '%s' is there under several prefixes: %s"
            .formatted(
                store.source(),
                marker,
                prefixes.stream().limit(8).map(p -> "'" + p + "'").toList()));
  }
}
