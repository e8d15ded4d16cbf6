package org.tiltlens.corpus;

/** Names of images where there is little room. */
public final class ShortName {
  private static final int LONGEST = 24;
  private static final int KEPT = 11;

  private ShortName() {}

  /** The name without folders; of a long one its beginning and its end. */
  public static String of(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    return file.length() <= LONGEST
        ? file
        : file.substring(0, KEPT) + "…" + file.substring(file.length() - KEPT);
  }
}
