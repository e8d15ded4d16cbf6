package org.tiltlens.harvest;

import java.util.Optional;

/**
 * Whose work an image is.
 *
 * @param file its name in the corpus
 * @param source where it was taken from
 * @param licence by which, such as {@code CC-BY-2.0}
 * @param credit its author or copyright line; with the work's address behind {@code " - "}, if it
 *     has one
 */
record Credit(String file, String source, String licence, String credit) {
  private static final String BEFORE_ADDRESS = " - ";

  /** The credit without the address. */
  String author() {
    return address().isPresent() ? credit.substring(0, credit.lastIndexOf(BEFORE_ADDRESS)) : credit;
  }

  /** Where the work itself is. */
  Optional<String> address() {
    int at = credit.lastIndexOf(BEFORE_ADDRESS);
    String last = at < 0 ? "" : credit.substring(at + BEFORE_ADDRESS.length());
    return last.startsWith("https://") || last.startsWith("http://")
        ? Optional.of(last)
        : Optional.empty();
  }
}
