package org.tiltlens.run;

import java.nio.file.Path;

/**
 * Where things are kept that can be made again: the folder that the system property {@code
 * tiltlens.cache} names, else {@code $XDG_CACHE_HOME/tiltlens}, else {@code ~/.cache/tiltlens}.
 */
public final class CacheFolder {
  /** The system property that names another. */
  public static final String PROPERTY = "tiltlens.cache";

  private CacheFolder() {}

  /** It may not be there yet. */
  public static Path path() {
    String stated = System.getProperty(PROPERTY);
    if (stated != null && !stated.isBlank()) {
      return Path.of(stated);
    }
    String given = System.getenv("XDG_CACHE_HOME");
    Path caches =
        given != null && !given.isBlank()
            ? Path.of(given)
            : Path.of(System.getProperty("user.home"), ".cache");
    return caches.resolve("tiltlens");
  }
}
