package org.tiltlens.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;

/**
 * Folders that this process has taken, so that no process removes them: each has a file beside it
 * that is locked together with all others who have taken it.
 *
 * <p>A process that ends gives back what it had. Who closes any channel to a locked file loses the
 * process' lock of it, so there is one.
 */
final class TakenFolders {
  private static final String LOCK = ".lock";

  /** The byte that is locked; the one before it is written. */
  private static final long LOCKED = 1;

  private static final Map<Path, Taken> TAKEN = new HashMap<>();

  /** How often this process has taken a folder. */
  private record Taken(FileChannel lock, int times) {}

  private TakenFolders() {}

  /** A channel of a file to lock, which is created. */
  static FileChannel channel(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static Path lockOf(Path folder) {
    return folder.resolveSibling(folder.getFileName() + LOCK);
  }

  static synchronized void take(Path folder) throws IOException {
    Taken taken = TAKEN.get(folder);
    if (taken == null) {
      FileChannel channel = channel(lockOf(folder));
      try {
        channel.lock(LOCKED, 1, true);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      taken = new Taken(channel, 0);
    }
    TAKEN.put(folder, new Taken(taken.lock, taken.times + 1));
    // What tells when; by this channel, as the one that sets a file's time would be closed.
    taken.lock.write(ByteBuffer.allocate(1), 0);
  }

  /** Gives a folder back. */
  static synchronized void release(Path folder) {
    Taken taken = TAKEN.get(folder);
    if (taken.times > 1) {
      TAKEN.put(folder, new Taken(taken.lock, taken.times - 1));
      return;
    }
    TAKEN.remove(folder);
    try {
      taken.lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** When somebody took it last. */
  static FileTime lastTaken(Path folder) {
    try {
      return Files.getLastModifiedTime(lockOf(folder));
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  /** Does something to a folder that no process has taken; says whether it was done. */
  static synchronized boolean ifFree(Path folder, Removal removal) throws IOException {
    if (TAKEN.containsKey(folder)) {
      return false;
    }
    try (FileChannel channel = channel(lockOf(folder));
        FileLock alone = channel.tryLock(LOCKED, 1, false)) {
      if (alone == null) {
        return false;
      }
      removal.run();
      Files.delete(lockOf(folder));
      return true;
    }
  }

  /** What may be done where nobody looks. */
  interface Removal {
    void run() throws IOException;
  }
}
