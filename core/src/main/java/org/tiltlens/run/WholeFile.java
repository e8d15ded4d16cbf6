package org.tiltlens.run;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Files that appear whole or not at all: written under a temporary name beside their place, then
 * moved there.
 */
public final class WholeFile {
  private WholeFile() {}

  /** Bytes of a file. */
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @throws IOException if it cannot be written, such as on a full disk; the message names it
   */
  public static void write(Path file, Content content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (OutputStream out = Files.newOutputStream(temporary)) {
      content.writeTo(out);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      // A part of it is of no use to anyone, least of all on a full disk.
      Files.deleteIfExists(temporary);
      throw named(file, e);
    }
    move(temporary, file);
  }

  /** Pictures' failures keep the disk's own word for their cause. */
  private static FileSystemException named(Path file, IOException failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    FileSystemException named = new FileSystemException(file.toString(), null, root.getMessage());
    named.initCause(failure);
    return named;
  }

  /** Puts a finished temporary file in its place, over what is there. */
  static void move(Path temporary, Path file) throws IOException {
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Writes a text. */
  public static void writeText(Path file, String text) throws IOException {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Writes a picture as PNG. */
  public static void writePng(Path file, BufferedImage picture) throws IOException {
    write(
        file,
        out -> {
          if (!ImageIO.write(picture, "png", out)) {
            throw new IOException("this Java cannot write PNG");
          }
        });
  }

  /**
   * Removes a folder and what is in it; does nothing if it is not there.
   *
   * @throws IOException if a file cannot be removed, or another process adds some meanwhile
   */
  public static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> walk = Files.walk(folder)) {
      inside = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : inside) {
      try {
        Files.deleteIfExists(path);
      } catch (DirectoryNotEmptyException e) {
        throw new IOException("cannot clear '" + path + "': something else writes there", e);
      }
    }
  }
}
