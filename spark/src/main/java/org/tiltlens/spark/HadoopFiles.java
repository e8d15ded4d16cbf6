package org.tiltlens.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.util.functional.FutureIO;
import org.tiltlens.corpus.RemoteFiles;
import org.tiltlens.run.Progress;

/**
 * Images on any file system that Hadoop knows. What fails is tried again, and a file that breaks
 * off before its stated end has failed.
 */
final class HadoopFiles implements RemoteFiles {
  private static final int TRIES = 3;
  private static final long PAUSE_MILLIS = 250;

  private final Configuration configuration;
  private final CopyCache cache;
  private final Progress progress;
  private final List<java.nio.file.Path> copies = new ArrayList<>();

  /**
   * @param progress hears of copies, and ends them
   */
  HadoopFiles(Configuration configuration, CopyCache cache, Progress progress) {
    this.configuration = configuration;
    this.cache = cache;
    this.progress = progress;
  }

  private interface Attempt<R> {
    R run() throws IOException;
  }

  private static <R> R tried(Attempt<R> attempt) throws IOException {
    for (int failed = 1; ; failed++) {
      try {
        return attempt.run();
      } catch (FileNotFoundException | FileSystemException | AccessControlException e) {
        // Answers, not failures.
        throw e;
      } catch (IOException e) {
        if (failed == TRIES || e instanceof UnknownHostException) {
          throw e;
        }
        pause(failed);
      }
    }
  }

  private static void pause(int failed) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS << 2 * failed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private FileSystem of(Path path) throws IOException {
    return path.getFileSystem(configuration);
  }

  @Override
  public Kind kind(String address) throws IOException {
    Path path = new Path(address);
    try {
      FileStatus status = tried(() -> of(path).getFileStatus(path));
      return status.isDirectory() ? Kind.FOLDER : status.isFile() ? Kind.FILE : Kind.NOTHING;
    } catch (FileNotFoundException | ParentNotDirectoryException e) {
      return Kind.NOTHING;
    } catch (AccessControlException e) {
      // What HDFS says of a path that goes on behind a file.
      if (String.valueOf(e.getMessage()).contains("is not a directory")) {
        return Kind.NOTHING;
      }
      throw e;
    }
  }

  @Override
  public List<String> below(String folder) throws IOException {
    Path path = new Path(folder);
    return tried(
        () -> {
          FileSystem files = of(path);
          String root = files.makeQualified(path).toUri().getPath();
          String start = root.endsWith("/") ? root : root + "/";
          List<String> names = new ArrayList<>();
          RemoteIterator<LocatedFileStatus> found = files.listFiles(path, true);
          while (found.hasNext()) {
            String file = found.next().getPath().toUri().getPath();
            names.add(file.startsWith(start) ? file.substring(start.length()) : file);
          }
          return names;
        });
  }

  @Override
  public byte[] read(String address, int most) throws IOException {
    Path path = new Path(address);
    try {
      return tried(
          () -> {
            FileStatus status = of(path).getFileStatus(path);
            if (!status.isFile()) {
              throw new FileSystemException(address, null, "is no regular file");
            }
            int wanted = (int) Math.min(status.getLen(), most);
            try (FSDataInputStream in = open(path, status)) {
              byte[] bytes = in.readNBytes(wanted);
              if (bytes.length < wanted) {
                throw breaksOff(path, bytes.length, status.getLen());
              }
              return bytes;
            }
          });
    } catch (FileNotFoundException e) {
      throw new NoSuchFileException(address);
    } catch (AccessControlException e) {
      throw new AccessDeniedException(address);
    }
  }

  private FSDataInputStream open(Path path, FileStatus status) throws IOException {
    // With what is known of it, so that a bucket need not be asked again.
    return FutureIO.awaitFuture(of(path).openFile(path).withFileStatus(status).build());
  }

  static IOException breaksOff(Path path, long bytes, long stated) {
    return new IOException("'%s' ends after %d of %d bytes".formatted(path, bytes, stated));
  }

  @Override
  public synchronized java.nio.file.Path copied(String folder, SortedSet<String> names)
      throws IOException {
    SortedMap<String, FileStatus> found = new TreeMap<>();
    for (String name : names) {
      // As one text: a name may have a colon.
      Path path = new Path(folder + "/" + name);
      found.put(name, tried(() -> of(path).getFileStatus(path)));
    }
    java.nio.file.Path copy =
        cache.take(
            folder,
            found,
            progress,
            (status, to) ->
                tried(
                    () -> {
                      try (FSDataInputStream in = open(status.getPath(), status)) {
                        to.write(in);
                        return status;
                      }
                    }));
    copies.add(copy);
    return copy;
  }

  @Override
  public synchronized void close() {
    copies.forEach(TakenFolders::release);
    copies.clear();
  }
}
