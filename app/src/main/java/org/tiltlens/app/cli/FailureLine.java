package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.run.SpecException;

/** What went wrong, as one line that people understand. */
final class FailureLine {
  private static final String CACHE = "org.bytedeco.javacpp.cachedir";

  private FailureLine() {}

  /**
   * Rooms report what the user can mend with these; everything else is a failure of ours or of the
   * machine.
   */
  static boolean isWrongInput(Throwable failure) {
    return failure instanceof IllegalArgumentException
        || failure instanceof CheckpointException
        || failure instanceof NoSuchFileException;
  }

  /**
   * The line of any failure.
   *
   * @param command that failed
   */
  static String of(Throwable failure, String command) {
    if (failure instanceof SpecException spec) {
      return oneLine(spec.message(field -> FieldNames.option(field, command)));
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory ("
          + oneLine(failure.getMessage())
          + "): give Java more with TILTLENS_JAVA_OPTIONS=-Xmx8g, or compute less at a time with"
          + " --batch 1";
    }
    if (failure instanceof IncompatibleClassChangeError) {
      return "this build is of classes that do not fit each other ("
          + oneLine(failure.getMessage())
          + "): build it anew (./mvnw clean), or take jars of one release";
    }
    if (failure instanceof LinkageError) {
      return ofEngine(failure);
    }
    Throwable cause =
        failure instanceof UncheckedIOException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof FileSystemException file) {
      return ofFile(file);
    }
    String message = oneLine(cause.getMessage());
    if (message.isEmpty()) {
      return "failed without a reason (--debug shows where)";
    }
    if (isWrongInput(cause)) {
      return FieldNames.shown(message, command);
    }
    if (cause instanceof IOException && isFull(message)) {
      return full("a file");
    }
    return "failed: " + FieldNames.shown(message, command) + " (--debug shows where)";
  }

  private static String ofFile(FileSystemException failure) {
    String file = failure.getFile();
    if (failure instanceof NoSuchFileException) {
      return "'" + file + "' does not exist";
    }
    String reason =
        failure instanceof AccessDeniedException
            ? "this user may not read or write it"
            : failure instanceof NotDirectoryException || failure.getReason() == null
                ? words(failure)
                : failure.getReason();
    return isFull(reason)
        ? full("'" + file + "'")
        : "cannot use '" + file + "': " + reason + fix(file);
  }

  private static boolean isFull(String reason) {
    return reason.contains("No space left");
  }

  private static String full(String file) {
    return "the disk is full (No space left on device), "
        + file
        + " cannot be written: free some, or name a folder on another disk (--out, --cache); the"
        + " same command then goes on where it was";
  }

  /** {@code NotDirectoryException} -> {@code not directory}. */
  private static String words(FileSystemException failure) {
    return failure
        .getClass()
        .getSimpleName()
        .replace("Exception", "")
        .replaceAll("(?<!^)([A-Z])", " $1")
        .toLowerCase(Locale.ROOT);
  }

  private static String fix(String file) {
    String temporary = System.getProperty("java.io.tmpdir");
    return file != null && Path.of(file).startsWith(temporary)
        ? "; name another temporary folder with TILTLENS_JAVA_OPTIONS=-Djava.io.tmpdir=DIR"
        : "";
  }

  private static String ofEngine(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String reason = oneLine(root.getMessage());
    return "the tensor engine cannot be started ("
        + (reason.isEmpty() ? "no reason given" : reason)
        + "): "
        + (reason.startsWith("Could not find")
            ? "the class path needs the engine's jars for this platform"
            : "its libraries are unpacked to '"
                + System.getProperty(CACHE, "~/.javacpp/cache")
                + "'; where that cannot be written, is full or is damaged, name another folder"
                + " with TILTLENS_JAVA_OPTIONS=-D"
                + CACHE
                + "=DIR");
  }

  /** Without the engine's own stack trace. */
  static String oneLine(String message) {
    return message == null
        ? ""
        : message
            .replaceFirst("(?s)\\RException raised from .*", "")
            .strip()
            .replaceAll("\\s*\\R\\s*", " ");
  }
}
