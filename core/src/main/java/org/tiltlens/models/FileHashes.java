package org.tiltlens.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.SpecException;

/** SHA-256 of the model files a run depends on. */
public final class FileHashes {
  /** What says, beside a file of weights, how these are used. */
  private static final List<String> SETTINGS =
      List.of("config.json", "cfg.json", "activation_scaler.json");

  private static final String BESIDE = " + ";

  private FileHashes() {}

  /**
   * Hashes files with the settings beside them, and the model files inside folders.
   *
   * @param names paths, or names in the embedded bundle; see {@link Named#resolve}
   * @return the name as given, below a folder {@code folder/file}, and for settings beside a file
   *     {@code file + settings}, -> SHA-256, hexadecimal
   */
  public static Map<String, String> of(List<String> names, Progress progress) throws IOException {
    Map<String, Path> files = files(names);
    long total = 0;
    for (Path file : files.values()) {
      total += Files.size(file);
    }
    Map<String, String> hashes = new TreeMap<>();
    try (Progress.Task task =
        Cancellable.begin(progress, "hashing models", total >> 20, Counted.of("MB"))) {
      for (Map.Entry<String, Path> entry : files.entrySet()) {
        hashes.put(entry.getKey(), Sha256.of(entry.getValue(), task));
      }
    }
    return hashes;
  }

  /**
   * Sizes and times of change of the same files, without reading them: a file of which neither
   * changed is taken for the same.
   *
   * @return the names of {@link #of} -> bytes and time, as text
   */
  public static Map<String, String> stamps(List<String> names) throws IOException {
    Map<String, String> stamps = new TreeMap<>();
    for (Map.Entry<String, Path> entry : files(names).entrySet()) {
      Path file = entry.getValue();
      stamps.put(entry.getKey(), Files.size(file) + " bytes, " + Files.getLastModifiedTime(file));
    }
    return stamps;
  }

  private static Map<String, Path> files(List<String> names) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    for (String name : names) {
      Path path = Named.resolve(name);
      if (Files.isDirectory(path)) {
        for (Path file : ModelFolder.files(path)) {
          files.put(name + "/" + path.relativize(file).toString().replace('\\', '/'), file);
        }
      } else {
        requireFile(path);
        files.put(name, path);
        for (String settings : SETTINGS) {
          Path beside = path.resolveSibling(settings);
          if (Files.isRegularFile(beside)) {
            files.put(name + BESIDE + settings, beside);
          }
        }
      }
    }
    return files;
  }

  /** A device or a pipe has no end, and no two readings of it are the same. */
  private static void requireFile(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new SpecException("'%s' is neither a file nor a folder: give one", path);
    }
  }

  /** Whether an entry of {@link #of} is of a model by its name. */
  public static boolean isOf(String model, String entry) {
    return entry.equals(model) || entry.startsWith(model + "/") || entry.startsWith(model + BESIDE);
  }
}
