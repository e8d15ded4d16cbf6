package org.tiltlens.run;

/**
 * The corpus in a few words.
 *
 * @param images how many
 * @param licence their licence and source
 * @param fingerprint what tells it from others, hexadecimal
 */
public record CorpusNote(int images, String licence, String fingerprint) {}
