package org.tiltlens.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.tiltlens.run.SpecException;

/**
 * A studio's hold on its folder: no other has it at the same time, and a killed one gives it free.
 */
final class FolderLock implements AutoCloseable {
  private static final String FILE = "studio.lock";

  /** The lock is on a byte far behind the text, which others may read. */
  private static final long AT = 1L << 40;

  private static final int MOST_DIGITS = 20;

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes a folder.
   *
   * @throws SpecException if a studio, of this process or another, has it
   */
  static FolderLock of(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new SpecException(
          "'%s' is no file of a studio's, but a link, folder, pipe or device: remove it, or give"
              + " another {folder}",
          file);
    }
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    try {
      if (isFree(channel)) {
        channel.truncate(0);
        channel.write(
            ByteBuffer.wrap(
                Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
            0);
        return new FolderLock(channel);
      }
      throw new SpecException(
          "'%s' is in use by another studio (process %s): end that one, or give another {folder}",
          folder, holder(channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(AT, 1, false);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(MOST_DIGITS);
    channel.read(text, 0);
    String digits = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
    return digits.matches("\\d+") ? digits : "unknown";
  }

  /** The file stays: whoever takes it away may take another's. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
