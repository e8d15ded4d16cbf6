package org.tiltlens.run;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Refuses a folder that a command's run cannot have, before anything is opened for the run. */
public final class FolderCheck {
  private FolderCheck() {}

  /**
   * Leaves nothing behind.
   *
   * @param command its name
   * @throws IllegalArgumentException if the folder is none, may not be written, holds a run of
   *     another command, or is in use
   */
  public static void require(Path root, String command) throws IOException {
    if (RunFolder.isFinished(root)) {
      requireOf(root, root.resolve(RunFolder.RUN_JSON), "a finished", command);
      return;
    }
    requireOf(root, state(root).resolve(RunFolder.IDENTITY), "an unfinished", command);
    requireWritable(root);
    RunFolder.requireFree(root);
  }

  /**
   * The same of a result that is a file.
   *
   * @throws IllegalArgumentException if something is there already, or its folder may not be
   *     written
   */
  public static void requireFile(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new SpecException("'%s' is a folder: give another {file}, a file", file);
    }
    if (Files.exists(file)) {
      throw new SpecException("'%s' exists already: give another {file}, or delete it", file);
    }
    requireWritable(file.toAbsolutePath().getParent());
  }

  private static Path state(Path root) {
    return root.resolve(RunFolder.STATE);
  }

  private static void requireOf(Path root, Path file, String which, String command)
      throws IOException {
    Optional<String> other = RunFolder.commandOf(file).filter(own -> !own.equals(command));
    if (other.isPresent()) {
      throw new SpecException(
          "'%s' holds %s run of `tiltlens %s`: give another {folder} for %s",
          root, which, other.get(), command);
    }
  }

  private static void requireWritable(Path root) throws IOException {
    requireWritable(root, "give another {folder}");
  }

  /**
   * Refuses a cache that may not be written.
   *
   * @throws IllegalArgumentException if so
   */
  public static void requireCache(Path cache) throws IOException {
    requireWritable(
        cache,
        "give another {cache}, the folder for what is kept between runs (XDG_CACHE_HOME in the"
            + " environment or the system property "
            + CacheFolder.PROPERTY
            + " name it too)");
  }

  private static void requireWritable(Path root, String fix) throws IOException {
    for (Path path = root.toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw new SpecException("'%s' is a file, expected a folder: " + fix, path);
      }
    }
    boolean begun = Files.exists(state(root));
    List<Path> made = RunFolder.missing(root);
    try {
      Files.createDirectories(root);
      for (Path path : begun ? List.of(root, state(root)) : List.of(root)) {
        if (!Files.isWritable(path)) {
          throw new SpecException("'%s' may not be written by this user: " + fix, path);
        }
      }
    } catch (FileSystemException e) {
      throw new SpecException("the folder '%s' cannot be made (%s): " + fix, root, reason(e));
    } finally {
      for (Path path : made) {
        RunFolder.deleteIfEmpty(path);
      }
    }
  }

  private static String reason(FileSystemException failure) {
    return failure.getReason() != null
        ? failure.getReason()
        : failure.getClass().getSimpleName().replace("Exception", "");
  }
}
