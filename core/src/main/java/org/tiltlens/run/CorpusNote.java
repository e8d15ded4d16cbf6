package org.tiltlens.run;

/**
 * The corpus in a few words.
 *
 * @param images how many
 * @param licence their licence and source
 * @param fingerprint what tells it from others, hexadecimal
 * @param credits the page beside this one that credits each image; null if none needs it
 */
public record CorpusNote(int images, String licence, String fingerprint, String credits) {
  /** Of a corpus whose images are credited together. */
  public CorpusNote(int images, String licence, String fingerprint) {
    this(images, licence, fingerprint, null);
  }
}
