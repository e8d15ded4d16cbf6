package org.tiltlens.pool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;

/** Where the paths of a pool end, as a zip of PNGs: a corpus of images like any other. */
final class PoolImages {
  /** The same for all, as the same images should be the same file. */
  private static final LocalDateTime WRITTEN = LocalDateTime.of(1980, 1, 1, 0, 0);

  private PoolImages() {}

  /** Where an image waits for the others. */
  static Path drawn(Path folder, int path) {
    return folder.resolve("path-" + path + ".png");
  }

  /**
   * Puts all images in one file and returns its name.
   *
   * @param before the file with the first ones
   * @param there how many it has
   * @param count how many there are in all
   */
  static String write(RunFolder files, Optional<String> before, int there, int count)
      throws IOException {
    // Of another name than the one before, which is whole until run.json names this one.
    String name = "images-" + count + ".zip";
    WholeFile.write(
        files.file(name),
        out -> {
          try (ZipOutputStream zip = new ZipOutputStream(out)) {
            if (before.isPresent()) {
              copy(files.file(before.get()), there, zip);
            }
            for (int path = there; path < count; path++) {
              try (InputStream in = Files.newInputStream(drawn(files.state(""), path))) {
                add(path, in, zip);
              }
            }
          }
        });
    return name;
  }

  /** Removes the files of the pool when it was shorter. */
  static void deleteOthers(Path folder, String current) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "images-*")) {
      for (Path file : all) {
        if (!file.getFileName().toString().equals(current)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static void copy(Path from, int count, ZipOutputStream to) throws IOException {
    try (ZipFile zip = new ZipFile(from.toFile())) {
      for (int path = 0; path < count; path++) {
        ZipEntry entry = zip.getEntry(name(path));
        if (entry == null) {
          throw new IOException("'" + from + "' lacks '" + name(path) + "'");
        }
        try (InputStream in = zip.getInputStream(entry)) {
          add(path, in, to);
        }
      }
    }
  }

  private static void add(int path, InputStream png, ZipOutputStream to) throws IOException {
    ZipEntry entry = new ZipEntry(name(path));
    entry.setTimeLocal(WRITTEN);
    to.putNextEntry(entry);
    png.transferTo(to);
    to.closeEntry();
  }

  /** In the paths' order also by name. */
  private static String name(int path) {
    return "%07d.png".formatted(path);
  }
}
