package org.tiltlens.spark;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.net.ConnectTimeoutException;
import org.apache.hadoop.security.AccessControlException;
import org.tiltlens.run.SpecException;

/** Why an address of Hadoop's leads nowhere, in one line with what mends it. */
final class Unreachable {
  private Unreachable() {}

  /** Does something at an address. */
  interface Attempt<R> {
    R run() throws IOException;
  }

  /**
   * Does it.
   *
   * @throws SpecException if the address, its service or its jar is wrong
   * @throws IOException if anything else fails
   */
  static <R> R said(String address, Attempt<R> attempt) throws IOException {
    try {
      return attempt.run();
    } catch (IOException | RuntimeException e) {
      SpecException known = known(address, e);
      if (known == null) {
        throw e;
      }
      known.initCause(e);
      throw known;
    }
  }

  /** Null if it is none of what people can mend. */
  private static SpecException known(String address, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SpecException) {
        return null;
      }
      if (cause instanceof ClassNotFoundException
          || cause instanceof UnsupportedFileSystemException) {
        return new SpecException(
            "'%s': no jar reads '%s' addresses: name one with spark.jars.packages, such as"
                + " org.apache.hadoop:hadoop-aws:3.4.1 for s3a, or correct the address",
            address, new Path(address).toUri().getScheme());
      }
      if (isNoHost(cause)) {
        return new SpecException(
            "'%s': no machine of this name is known here: correct the address", address);
      }
      if (isNoAnswer(cause)) {
        return new SpecException(
            "'%s': nobody answers there (%s): start the service, or correct host and port",
            address, line(cause));
      }
      if (isForbidden(cause)) {
        return new SpecException(
            "'%s' may not be read or written by this user, or without other credentials (%s): set"
                + " them, such as spark.hadoop.fs.s3a.access.key and"
                + " spark.hadoop.fs.s3a.secret.key",
            address, line(cause));
      }
    }
    return null;
  }

  /** Hadoop hands the exception on as a text, too. */
  private static boolean isNoHost(Throwable cause) {
    return cause instanceof UnknownHostException
        || String.valueOf(cause.getMessage()).contains(UnknownHostException.class.getName());
  }

  private static boolean isNoAnswer(Throwable cause) {
    return cause instanceof ConnectException
        || cause instanceof NoRouteToHostException
        || cause instanceof ConnectTimeoutException;
  }

  private static boolean isForbidden(Throwable cause) {
    return cause instanceof AccessDeniedException || cause instanceof AccessControlException;
  }

  private static String line(Throwable cause) {
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("no reason given");
  }
}
