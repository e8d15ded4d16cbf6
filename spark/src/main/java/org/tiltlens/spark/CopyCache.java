package org.tiltlens.spark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.SparkConf;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.WholeFile;

/**
 * Copies of files that must be read at random, on a disk of this machine: one folder for the files
 * of a corpus, called by the SHA-256 of their address, names, lengths and times of change, so that
 * other files get other copies.
 *
 * <p>Processes share it, one of them copying at a time. A file appears under its name when all of
 * it is on the disk. Where there is no room, folders go that nobody has taken ({@link
 * TakenFolders}), the one that was taken longest ago first.
 *
 * @param folder of all copies
 * @param most bytes of all copies
 */
record CopyCache(Path folder, long most) {
  /** Where copies are. */
  static final String FOLDER = "spark.tiltlens.cache";

  /** How large they may be together. */
  static final String SIZE = "spark.tiltlens.cacheSize";

  private static final String USUAL_SIZE = "64g";
  private static final String LOCK = "copying.lock";
  private static final String PART = ".copying";
  private static final int BUFFER = 1 << 20;

  /** Where a copy comes from. */
  interface From {
    /** Hands all bytes to what takes them, from the beginning again where that failed. */
    void copy(FileStatus file, To to) throws IOException;
  }

  /** Where a copy goes. */
  interface To {
    void write(InputStream in) throws IOException;
  }

  /** As Spark's settings say. */
  static CopyCache of(SparkConf conf) {
    String folder = conf.get(FOLDER, CacheFolder.path().resolve("corpora").toString());
    return new CopyCache(Path.of(folder).toAbsolutePath(), conf.getSizeAsBytes(SIZE, USUAL_SIZE));
  }

  /**
   * Copies what is not there.
   *
   * @param address where the files are
   * @param files by their names below it
   * @return the folder of the copies, which stays until it is released
   * @throws IllegalArgumentException if there is no room for them
   */
  Path take(String address, SortedMap<String, FileStatus> files, Progress progress, From from)
      throws IOException {
    // One of this process' threads, too, as locks are the process'.
    synchronized (TakenFolders.class) {
      Path root = writable();
      try (FileChannel channel = TakenFolders.channel(root.resolve(LOCK));
          FileLock alone = channel.lock()) {
        Path own = root.resolve(key(address, files));
        TakenFolders.take(own);
        try {
          SortedMap<String, FileStatus> missing = missing(own, files);
          makeRoom(root, missing, files.size() == 1 ? address + "/" + files.firstKey() : address);
          copy(own, missing, progress, from);
          return own;
        } catch (IOException | RuntimeException e) {
          TakenFolders.release(own);
          throw e;
        }
      }
    }
  }

  private Path writable() throws IOException {
    try {
      Path root = Files.createDirectories(folder).toRealPath();
      TakenFolders.channel(root.resolve(LOCK)).close();
      return root;
    } catch (FileSystemException e) {
      SpecException refused =
          new SpecException(
              "'%s', where copies of images go, cannot be written (%s): set "
                  + FOLDER
                  + " to a folder that can",
              folder,
              reason(e));
      refused.initCause(e);
      throw refused;
    }
  }

  private static String reason(FileSystemException failure) {
    return failure instanceof FileAlreadyExistsException
        ? "it is a file"
        : failure.getReason() == null ? "this user may not" : failure.getReason();
  }

  private static String key(String address, SortedMap<String, FileStatus> files) {
    MessageDigest digest = PartFiles.sha256();
    digest.update(address.getBytes(StandardCharsets.UTF_8));
    files.forEach(
        (name, file) ->
            digest.update(
                "\n%s\n%d %d"
                    .formatted(name, file.getLen(), file.getModificationTime())
                    .getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static SortedMap<String, FileStatus> missing(
      Path own, SortedMap<String, FileStatus> files) throws IOException {
    SortedMap<String, FileStatus> missing = new TreeMap<>();
    for (Map.Entry<String, FileStatus> file : files.entrySet()) {
      Path copy = own.resolve(file.getKey()).normalize();
      if (!copy.startsWith(own)) {
        throw new IllegalArgumentException("'" + file.getKey() + "' leads out of its folder");
      }
      if (!Files.isRegularFile(copy) || Files.size(copy) != file.getValue().getLen()) {
        missing.put(file.getKey(), file.getValue());
      }
    }
    return missing;
  }

  private static long bytes(SortedMap<String, FileStatus> files) {
    return files.values().stream().mapToLong(FileStatus::getLen).sum();
  }

  private static void copy(
      Path own, SortedMap<String, FileStatus> missing, Progress progress, From from)
      throws IOException {
    try (Progress.Task task = Cancellable.begin(progress, "copying images", bytes(missing))) {
      for (Map.Entry<String, FileStatus> file : missing.entrySet()) {
        Path whole = own.resolve(file.getKey());
        Files.createDirectories(whole.getParent());
        Path part = whole.resolveSibling(whole.getFileName() + PART);
        from.copy(file.getValue(), in -> write(in, part, file.getValue(), task));
        Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  private static void write(InputStream in, Path part, FileStatus file, Progress.Task task)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    long written = 0;
    try (FileChannel out =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      // No more than was stated: there is room for that.
      while (written < file.getLen()) {
        int read = in.read(buffer, 0, (int) Math.min(BUFFER, file.getLen() - written));
        if (read < 0) {
          throw HadoopFiles.breaksOff(file.getPath(), written, file.getLen());
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        written += read;
        task.advance(read);
      }
      out.force(true);
    }
  }

  /**
   * Removes others, if need be.
   *
   * @param what is to be copied, for people
   */
  private void makeRoom(Path root, SortedMap<String, FileStatus> missing, String what)
      throws IOException {
    long bytes = bytes(missing);
    List<Path> folders;
    try (Stream<Path> inside = Files.list(root)) {
      folders =
          inside
              .filter(Files::isDirectory)
              .sorted(Comparator.comparing(TakenFolders::lastTaken))
              .toList();
    }
    long used = 0;
    for (Path each : folders) {
      used += size(each);
    }
    for (Path each : folders) {
      if (used + bytes <= most) {
        break;
      }
      long size = size(each);
      if (TakenFolders.ifFree(each, () -> WholeFile.deleteTree(each))) {
        used -= size;
      }
    }
    long room = Math.min(most - used, Files.getFileStore(root).getUsableSpace());
    if (bytes > room) {
      throw new SpecException(
          "'%s' must be copied to be read, %s MB, for which '%s' has room for %s: raise "
              + SIZE
              + ", set "
              + FOLDER
              + " to a folder of a larger disk, or give a folder or a list of image files",
          what,
          megabytes(bytes),
          root,
          megabytes(Math.max(0, room)));
    }
  }

  private static String megabytes(long bytes) {
    return "%,.1f".formatted(bytes / 1e6);
  }

  private static long size(Path folder) throws IOException {
    long size = 0;
    try (Stream<Path> inside = Files.walk(folder)) {
      for (Path each : inside.filter(Files::isRegularFile).toList()) {
        size += Files.size(each);
      }
    }
    return size;
  }
}
