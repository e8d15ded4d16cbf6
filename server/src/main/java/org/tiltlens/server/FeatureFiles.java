package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.run.Json;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.WholeFile;

/**
 * The pictures of a feature in an export, which are kept if they are what would be written.
 *
 * @param madeFrom SHA-256 of all that decides them
 * @param files their names -> the SHA-256 of each
 */
record FeatureFiles(String madeFrom, Map<String, String> files) {
  private static final String FILE = "made.json";

  FeatureFiles {
    files = files == null ? Map.of() : Map.copyOf(files);
  }

  /** Where a picture comes from; drawn if need be. */
  interface Source {
    Path file() throws IOException;
  }

  /**
   * Writes pictures into a folder of their own, unless they are there.
   *
   * @param madeFrom SHA-256 of all that decides them
   * @param wanted their names -> where each comes from
   */
  static void write(Path folder, String madeFrom, Map<String, Source> wanted) throws IOException {
    if (isThere(folder, madeFrom, wanted)) {
      return;
    }
    WholeFile.deleteTree(folder);
    Files.createDirectories(folder);
    Map<String, String> files = new TreeMap<>();
    for (Map.Entry<String, Source> one : wanted.entrySet()) {
      byte[] bytes = Files.readAllBytes(one.getValue().file());
      WholeFile.write(folder.resolve(one.getKey()), out -> out.write(bytes));
      files.put(one.getKey(), hash(bytes));
    }
    // Last: where it is, all are.
    WholeFile.writeText(folder.resolve(FILE), Json.write(new FeatureFiles(madeFrom, files)) + "\n");
  }

  private static String hash(byte... bytes) {
    return HexFormat.of().formatHex(Sha256.bytesOf(bytes));
  }

  private static boolean isThere(Path folder, String madeFrom, Map<String, Source> wanted)
      throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    FeatureFiles before;
    try {
      before = Json.read(file, null, FeatureFiles.class);
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (!madeFrom.equals(before.madeFrom) || !before.files.keySet().equals(wanted.keySet())) {
      return false;
    }
    for (String name : wanted.keySet()) {
      Path picture = folder.resolve(name);
      if (!Files.isRegularFile(picture, LinkOption.NOFOLLOW_LINKS)
          || !Sha256.of(picture).equals(before.files.get(name))) {
        return false;
      }
    }
    return true;
  }
}
