package org.tiltlens.models;

import java.nio.file.Path;

/** Files as a spec names them: by their paths, or {@code embedded:PATH} in the embedded bundle. */
public final class Named {
  /** What names of files in the embedded bundle start with. */
  static final String EMBEDDED = "embedded:";

  private Named() {}

  /**
   * The path that a name in a spec stands for.
   *
   * @throws IllegalArgumentException if the path leaves the embedded bundle
   */
  public static Path resolve(String name) {
    if (!name.startsWith(EMBEDDED)) {
      return Path.of(name);
    }
    String file = name.substring(EMBEDDED.length());
    BundleManifest.requireInside(file);
    return EmbeddedBundle.folder().resolve(file);
  }
}
