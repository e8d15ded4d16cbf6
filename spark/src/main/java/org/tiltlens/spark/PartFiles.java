package org.tiltlens.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.tiltlens.harvest.HarvestPart;
import org.tiltlens.run.SpecException;

/**
 * A folder of parts that driver and executors see, on any file system that Hadoop knows: each a
 * file that ends with the SHA-256 of what comes before, and appears under its name when it is
 * whole.
 *
 * @param folder its address, such as {@code file:/out/features.parquet.parts} or {@code s3a://...}
 */
record PartFiles(String folder) implements Serializable {
  private static final String IDENTITY = "identity.txt";

  /** Parts, sums and the identity, unfinished ones and Hadoop's checksums of them, too. */
  private static final Pattern OURS =
      Pattern.compile("[.]?(part-\\d+-\\d+|sum-\\d+-\\d+|identity[.]txt)([.].*)?");

  private FileSystem files() throws IOException {
    return new Path(folder).getFileSystem(Hadoop.configuration());
  }

  private Path file(String name) {
    return new Path(folder, name);
  }

  /**
   * Opens the folder, or creates it.
   *
   * @param identity all that decides the parts
   * @throws IllegalArgumentException if it has parts of another identity, or files of others
   */
  void open(String identity) throws IOException {
    FileSystem files = files();
    if (!files.exists(file(IDENTITY))) {
      files.mkdirs(new Path(folder));
      for (FileStatus there : files.listStatus(new Path(folder))) {
        if (!isOurs(there)) {
          throw new SpecException(
              "'%s' holds '%s', which is no part of a harvest: set spark.tiltlens.parts to a new"
                  + " folder, or give another {file}",
              folder, there.getPath().getName());
        }
      }
      put(IDENTITY, out -> out.write(identity.getBytes(StandardCharsets.UTF_8)));
    } else if (!identity().equals(identity)) {
      throw new SpecException(
          "'%s' holds unfinished parts of other images, models or settings: delete that folder, or"
              + " name another with {file} or spark.tiltlens.parts",
          folder);
    }
  }

  /**
   * Refuses work where the driver's images, models or folder are not the same.
   *
   * @param identity all that decides the parts, as it is here
   */
  void require(String identity, String host) throws IOException {
    String asked;
    try {
      asked = identity();
    } catch (FileNotFoundException e) {
      throw new SpecException(
          "'%s' is not there on %s: set spark.tiltlens.parts to a folder that driver and executors"
              + " share, such as hdfs://... or s3a://...",
          folder, host);
    }
    if (!asked.equals(identity)) {
      throw new SpecException(
          "images or models are others on %s than where the command was started: give paths that"
              + " lead to the same files on all machines",
          host);
    }
  }

  private String identity() throws IOException {
    try (InputStream in = files().open(file(IDENTITY))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Of two that write the same at the same time either may win, as both have the same bytes. */
  private void put(String name, Content content) throws IOException {
    FileSystem files = files();
    Path temporary =
        file("." + name + "." + ProcessHandle.current().pid() + "." + System.nanoTime());
    try {
      try (OutputStream out = files.create(temporary, true)) {
        content.writeTo(out);
      }
      if (!files.rename(temporary, file(name)) && !files.exists(file(name))) {
        throw new IOException("cannot write '" + file(name) + "'");
      }
    } finally {
      files.delete(temporary, false);
    }
  }

  /** Writes a part, unless it is there; who reads it meanwhile is not disturbed. */
  void write(String name, HarvestPart part) throws IOException {
    if (isWhole(name)) {
      return;
    }
    files().delete(file(name), false);
    put(
        name,
        out -> {
          DigestOutputStream hashed = new DigestOutputStream(out, sha256());
          part.write(hashed);
          out.write(hashed.getMessageDigest().digest());
        });
  }

  /** A part that was written; empty if there is none, or it was damaged since. */
  private Optional<HarvestPart> read(String name) throws IOException {
    if (!isWhole(name)) {
      return Optional.empty();
    }
    try (InputStream in = files().open(file(name))) {
      return Optional.of(HarvestPart.read(in));
    }
  }

  /**
   * A part that was written.
   *
   * @throws IOException if there is none, or it was damaged since
   */
  HarvestPart require(String name) throws IOException {
    return read(name)
        .orElseThrow(
            () ->
                new IOException(
                    "'"
                        + file(name)
                        + "' was damaged or removed meanwhile: run the same command again"));
  }

  /** Whether a part is there, with the hash it was written with. */
  boolean isWhole(String name) throws IOException {
    FileSystem files = files();
    try (InputStream in = files.open(file(name))) {
      MessageDigest digest = sha256();
      long content = files.getFileStatus(file(name)).getLen() - digest.getDigestLength();
      if (content < 0) {
        return false;
      }
      DigestInputStream hashed = new DigestInputStream(in, digest);
      byte[] buffer = new byte[1 << 16];
      for (long left = content; left > 0; ) {
        int read = hashed.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (read < 0) {
          return false;
        }
        left -= read;
      }
      return Arrays.equals(digest.digest(), in.readAllBytes());
    } catch (FileNotFoundException | org.apache.hadoop.fs.ChecksumException e) {
      return false;
    }
  }

  private static boolean isOurs(FileStatus file) {
    return file.isFile() && OURS.matcher(file.getPath().getName()).matches();
  }

  /** Removes what was written here, and the folder if nobody else has put anything into it. */
  void delete() throws IOException {
    FileSystem files = files();
    Path root = new Path(folder);
    for (FileStatus there : files.listStatus(root)) {
      if (isOurs(there)) {
        files.delete(there.getPath(), false);
      }
    }
    if (files.listStatus(root).length == 0) {
      files.delete(root, false);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
