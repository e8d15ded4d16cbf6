package org.tiltlens.spark;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * A file system of Hadoop's that no path of Java leads to ({@code toy:/folder}), and that fails as
 * it is told to.
 */
public final class ToyFiles extends RawLocalFileSystem {
  /** What makes Hadoop find it. */
  static final String SETTING = "fs.toy.impl";

  /** A folder of this name lists a file that is not in it. */
  static final String HOSTILE = "hostile";

  /** What happens when a file is opened. */
  enum Fault {
    BROKEN_CONNECTION,
    CUT
  }

  private static final Map<String, Queue<Fault>> FAULTS = new ConcurrentHashMap<>();
  private static final Map<String, Integer> OPENED = new ConcurrentHashMap<>();

  static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(SETTING, ToyFiles.class.getName());
    return configuration;
  }

  /** The address of a local path. */
  static String address(java.nio.file.Path path) {
    return "toy:" + path;
  }

  /** The next times that a file of this name is opened go wrong. */
  static void next(String name, Fault... faults) {
    FAULTS.put(name, new ArrayDeque<>(Arrays.asList(faults)));
  }

  /** Nothing goes wrong any more, and nothing was opened. */
  static void forget() {
    FAULTS.clear();
    OPENED.clear();
  }

  /** How often files of a name were opened. */
  static int opened(String name) {
    return OPENED.getOrDefault(name, 0);
  }

  @Override
  public URI getUri() {
    return URI.create("toy:///");
  }

  @Override
  public String getScheme() {
    return "toy";
  }

  @Override
  public FSDataInputStream open(Path file, int buffer) throws IOException {
    OPENED.merge(file.getName(), 1, Integer::sum);
    Queue<Fault> faults = FAULTS.getOrDefault(file.getName(), new ArrayDeque<>());
    Fault fault = faults.poll();
    if (fault == Fault.BROKEN_CONNECTION) {
      throw new IOException("connection reset");
    }
    FSDataInputStream whole = super.open(file, buffer);
    if (fault == null) {
      return whole;
    }
    try (whole) {
      byte[] bytes = whole.readAllBytes();
      return new FSDataInputStream(new Bytes(Arrays.copyOf(bytes, bytes.length / 2)));
    }
  }

  /** Without what only files of this machine have. */
  private static FileStatus plain(FileStatus file) {
    return new FileStatus(
        file.getLen(),
        file.isDirectory(),
        1,
        file.getBlockSize(),
        file.getModificationTime(),
        file.getPath());
  }

  @Override
  public FileStatus getFileStatus(Path file) throws IOException {
    return plain(super.getFileStatus(file));
  }

  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    FileStatus[] inside =
        Arrays.stream(super.listStatus(folder)).map(ToyFiles::plain).toArray(FileStatus[]::new);
    if (!folder.getName().equals(HOSTILE)) {
      return inside;
    }
    FileStatus[] more = Arrays.copyOf(inside, inside.length + 1);
    Path outside = new Path(getUri() + "../outside.png");
    more[inside.length] = new FileStatus(9, false, 1, 9, 0, outside);
    return more;
  }

  /** A file in memory, read from its beginning. */
  private static final class Bytes extends FSInputStream {
    private final ByteArrayInputStream in;

    Bytes(byte[] bytes) {
      in = new ByteArrayInputStream(bytes);
    }

    @Override
    public int read() {
      return in.read();
    }

    @Override
    public void seek(long position) throws IOException {
      throw new IOException("cannot seek");
    }

    @Override
    public long getPos() throws IOException {
      throw new IOException("has no position");
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }
  }
}
