package org.tiltlens.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;

/**
 * Files that do not lie on this machine's disks, by addresses such as {@code s3a://bucket/images}
 * whose parts a {@code /} separates: how a corpus is read where Java's own paths do not lead.
 *
 * <p>Image files in folders are read one by one; what must be read at random (a zip, a tar, a
 * table) is copied first. Names are text from strangers: whoever implements this need not judge
 * them. Threads may share it.
 */
public interface RemoteFiles extends Closeable {
  /** What may lie at an address. */
  enum Kind {
    FILE,
    FOLDER,
    NOTHING
  }

  /** What lies there. */
  Kind kind(String address) throws IOException;

  /** Names of all files below a folder, those in its sub-folders too, in any order. */
  List<String> below(String folder) throws IOException;

  /**
   * The first bytes of a file, and no fewer than it has.
   *
   * @param most how many, at most
   * @throws NoSuchFileException if it is not there
   * @throws FileSystemException if this file alone cannot be read
   * @throws IOException if files cannot be read any more
   */
  byte[] read(String address, int most) throws IOException;

  /**
   * Copies files to this machine's disks, unless they are there, until this is closed.
   *
   * @param folder their folder
   * @param names of files below it, none of which leads out of it
   * @return a folder that has them under their names
   * @throws IllegalArgumentException if there is no room for them
   */
  Path copied(String folder, SortedSet<String> names) throws IOException;
}
