package org.tiltlens.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.Checkpoints;

/** The files of a model's folder. */
final class ModelFolder {
  /**
   * What may hold weights or settings in a model folder; anything else there does not matter to us.
   */
  private static final List<String> ENDINGS =
      List.of(".safetensors", ".json", ".pt", ".pth", ".th", ".bin", ".npz");

  /** Where a pipeline of diffusers has its networks and how they were trained. */
  private static final List<String> INSIDE =
      List.of("unet", "scheduler", "vae", "vqvae", "text_encoder", "tokenizer");

  /** Of a tokenizer; no other text is a model's. */
  private static final List<String> TEXTS = List.of("merges.txt", "vocab.txt");

  private ModelFolder() {}

  /** Those directly inside, and a pipeline's in its folders. */
  static List<Path> files(Path folder) {
    return Stream.concat(
            Stream.of(folder), INSIDE.stream().map(folder::resolve).filter(Files::isDirectory))
        .flatMap(each -> inside(each).stream())
        .filter(ModelFolder::isModelFile)
        .toList();
  }

  private static List<Path> inside(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isModelFile(Path file) {
    return Files.isRegularFile(file)
        && !Checkpoints.isBesideTrained(file.getFileName().toString())
        && (TEXTS.contains(file.getFileName().toString())
            || ENDINGS.stream().anyMatch(file.getFileName().toString()::endsWith));
  }
}
