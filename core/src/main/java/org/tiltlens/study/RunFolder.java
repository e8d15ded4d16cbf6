package org.tiltlens.study;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.Function;

/**
 * The folder a run writes to, and what is left in it by a killed one.
 *
 * <p>Every file appears whole: it is written under a temporary name and then moved. What a run
 * needs to go on lies in {@code .state} and disappears when {@code run.json} is written. One
 * process at a time may hold the folder.
 */
final class RunFolder implements AutoCloseable {
  static final String RUN_JSON = "run.json";
  private static final String STATE = ".state";
  private static final String IDENTITY = "identity.json";
  private static final int LONGEST_NAME = 80;

  private final Path root;
  private final FileChannel lockFile;
  private final FileLock lock;

  private RunFolder(Path root, FileChannel lockFile, FileLock lock) {
    this.root = root;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /** The finished run in a folder, if there is one. */
  static <T> Optional<T> finished(Path root, Class<T> type) throws IOException {
    Path file = root.resolve(RUN_JSON);
    return Files.exists(file) ? Optional.of(Json.read(file, null, type)) : Optional.empty();
  }

  /**
   * The finished run in a folder, if there is one; one of another identity must not be overwritten.
   *
   * @param identity all that decides the result of the run that is wanted
   * @param of the same of a result
   * @throws IllegalArgumentException if the folder holds another finished run
   */
  static <T> Optional<T> finished(Path root, Class<T> type, String identity, Function<T, String> of)
      throws IOException {
    Optional<T> finished = finished(root, type);
    if (finished.isPresent() && !of.apply(finished.get()).equals(identity)) {
      throw another(root, "a finished");
    }
    return finished;
  }

  /**
   * Opens {@code root} for the run that {@code identity} describes, creating it if need be.
   *
   * @param identity all that decides the bits of the result; compared as text with that of an
   *     earlier run in the folder
   * @throws IllegalArgumentException if the folder holds another run, or is in use
   */
  static RunFolder open(Path root, String identity) throws IOException {
    Files.createDirectories(root.resolve(STATE));
    FileChannel lockFile =
        FileChannel.open(
            root.resolve(STATE).resolve("lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      lockFile.close();
      throw new IllegalArgumentException(
          "'" + root + "' is in use by another run: wait for it, or give another --out");
    }
    RunFolder folder = new RunFolder(root, lockFile, lock);
    try {
      folder.claim(identity);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
    return folder;
  }

  private void claim(String identity) throws IOException {
    Path earlier = state(IDENTITY);
    if (Files.exists(earlier)) {
      if (!Files.readString(earlier).equals(identity)) {
        throw another(root, "an unfinished");
      }
    } else {
      WholeFile.writeText(earlier, identity);
    }
  }

  private static IllegalArgumentException another(Path root, String state) {
    return new IllegalArgumentException(
        "'%s' holds %s run with other settings, models or images: give another --out, or delete it"
            .formatted(root, state));
  }

  /** A file of the result, by its path relative to the folder; its parent exists. */
  Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return file;
  }

  /**
   * A unit or another text as part of a file's name: letters and digits joined by {@code -}; the
   * end of what is too long, as a path says most there.
   */
  static String safeName(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9]+", "-");
    return safe.substring(Math.max(0, safe.length() - LONGEST_NAME));
  }

  /**
   * {@code tiltlens-out/COMMAND-UNIT-HASH}: the same for the same spec, so that a killed run is
   * found again.
   */
  static Path usual(String command, String unit, Object spec) {
    return usual(command + "-" + safeName(unit), spec);
  }

  /** The same of what is about no single unit. */
  static Path usual(String name, Object spec) {
    return Path.of("tiltlens-out", name + "-" + Integer.toHexString(Json.write(spec).hashCode()));
  }

  /** A file of the run's state. */
  Path state(String name) {
    return root.resolve(STATE).resolve(name);
  }

  /** Writes {@code run.json} and drops the state: from now on the run is finished. */
  void finish(Object result) throws IOException {
    WholeFile.writeText(file(RUN_JSON), Json.write(result) + "\n");
    dropState();
  }

  private void dropState() throws IOException {
    close();
    WholeFile.deleteTree(root.resolve(STATE));
  }

  @Override
  public void close() throws IOException {
    if (lock.isValid()) {
      lock.release();
    }
    lockFile.close();
  }
}
