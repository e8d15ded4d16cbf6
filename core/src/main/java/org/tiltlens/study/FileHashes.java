package org.tiltlens.study;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** SHA-256 of the model files a run depends on. */
final class FileHashes {
  private static final int BUFFER = 1 << 20;

  /**
   * What may hold weights or settings in a model folder; anything else there does not matter to us.
   */
  private static final List<String> ENDINGS =
      List.of(".safetensors", ".json", ".pt", ".pth", ".th", ".bin");

  /** What says, beside a file of weights, how these are used. */
  private static final List<String> SETTINGS =
      List.of("config.json", "cfg.json", "activation_scaler.json");

  private static final String BESIDE = " + ";

  private FileHashes() {}

  /**
   * Hashes files with the settings beside them, and the model files directly inside folders.
   *
   * @param names paths, or names in the embedded bundle; see {@link Bundle#resolve}
   * @return the name as given, below a folder {@code folder/file}, and for settings beside a file
   *     {@code file + settings}, -> SHA-256, hexadecimal
   */
  static Map<String, String> of(List<String> names, Progress progress) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    for (String name : names) {
      Path path = Bundle.resolve(name);
      if (Files.isDirectory(path)) {
        try (Stream<Path> inside = Files.list(path)) {
          inside
              .filter(FileHashes::isModelFile)
              .forEach(file -> files.put(name + "/" + file.getFileName(), file));
        }
      } else {
        files.put(name, path);
        for (String settings : SETTINGS) {
          Path beside = path.resolveSibling(settings);
          if (Files.isRegularFile(beside)) {
            files.put(name + BESIDE + settings, beside);
          }
        }
      }
    }
    long total = 0;
    for (Path file : files.values()) {
      total += Files.size(file);
    }
    Map<String, String> hashes = new TreeMap<>();
    try (Progress.Task task = progress.begin("hashing models", total >> 20)) {
      for (Map.Entry<String, Path> entry : files.entrySet()) {
        hashes.put(entry.getKey(), sha256(entry.getValue(), task));
      }
    }
    return hashes;
  }

  /** Whether an entry of {@link #of} is of a model by its name. */
  static boolean isOf(String model, String entry) {
    return entry.equals(model) || entry.startsWith(model + "/") || entry.startsWith(model + BESIDE);
  }

  private static boolean isModelFile(Path file) {
    return Files.isRegularFile(file)
        && ENDINGS.stream().anyMatch(file.getFileName().toString()::endsWith);
  }

  /** The hash of one small file. */
  static String sha256(Path file) throws IOException {
    return sha256(file, new Progress.Task() {});
  }

  private static String sha256(Path file, Progress.Task task) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.readNBytes(buffer, 0, BUFFER);
          read > 0;
          read = in.readNBytes(buffer, 0, BUFFER)) {
        digest.update(buffer, 0, read);
        task.advance(1);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
