package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.FileHashes;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.WholeFile;

/**
 * What the model files were that a studio's folder has pictures of: one that is changed in place
 * between two starts would be mixed with what is there.
 *
 * <p>A file whose size and time are those of the last start is not read again.
 *
 * @param files name -> what it was
 */
record ServedModels(Map<String, Seen> files) {
  private static final String FILE = "models.json";

  ServedModels {
    files = new TreeMap<>(files);
  }

  /**
   * A file as it was.
   *
   * @param stamp its size and time
   * @param sha256 of its bytes
   */
  record Seen(String stamp, String sha256) {}

  /**
   * Compares a bundle's files with what they were, and remembers those that are new.
   *
   * @param folder the studio's
   * @throws SpecException if one is another by now
   */
  static void requireUnchanged(Bundle bundle, Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    Map<String, Seen> known =
        new TreeMap<>(
            Files.exists(file) ? Json.read(file, null, ServedModels.class).files() : Map.of());
    List<String> names = bundle.models().names();
    Map<String, String> stamps = FileHashes.stamps(names);
    boolean same =
        stamps.entrySet().stream()
            .allMatch(
                one ->
                    Optional.ofNullable(known.get(one.getKey()))
                        .filter(seen -> seen.stamp().equals(one.getValue()))
                        .isPresent());
    if (same) {
      return;
    }
    for (Map.Entry<String, String> now : FileHashes.of(names, Progress.SILENT).entrySet()) {
      Seen before = known.get(now.getKey());
      if (before != null && !before.sha256().equals(now.getValue())) {
        throw new SpecException(
            "'%s' is not what it was when this studio's folder was last served (SHA-256 %s, and it"
                + " was %s): put that back, or give another {folder}",
            now.getKey(), shortly(now.getValue()), shortly(before.sha256()));
      }
      known.put(now.getKey(), new Seen(stamps.get(now.getKey()), now.getValue()));
    }
    WholeFile.writeText(file, Json.write(new ServedModels(known)) + "\n");
  }

  private static String shortly(String hash) {
    return hash.substring(0, 12);
  }
}
