package org.tiltlens.models;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.tiltlens.run.SpecException;

/** Files as a spec names them: by their paths, or {@code embedded:PATH} in the embedded bundle. */
public final class Named {
  /** What names of files in the embedded bundle start with. */
  static final String EMBEDDED = "embedded:";

  /** What the address of a path of this machine starts with. */
  private static final String FILE = "file:";

  /** One letter is a drive. */
  private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  private Named() {}

  /**
   * Whether a name is the address of something that no path of this machine leads to, such as
   * {@code hdfs://host/images}.
   */
  public static boolean isRemote(String name) {
    return ADDRESS.matcher(name).matches() && !name.startsWith(EMBEDDED) && !name.startsWith(FILE);
  }

  /**
   * The path that a name in a spec stands for.
   *
   * @throws IllegalArgumentException if the path leaves the embedded bundle, or is none of this
   *     machine
   */
  public static Path resolve(String name) {
    if (isRemote(name)) {
      throw new SpecException(
          "'%s' does not lie on this machine: give the path of a copy, or harvest it where it lies,"
              + " by `tiltlens-spark harvest`",
          name);
    }
    if (name.startsWith(FILE)) {
      return Path.of(name.substring(FILE.length()).replaceFirst("^/+", "/"));
    }
    if (!name.startsWith(EMBEDDED)) {
      return Path.of(name);
    }
    String file = name.substring(EMBEDDED.length());
    BundleManifest.requireInside(file);
    return EmbeddedBundle.folder().resolve(file);
  }
}
