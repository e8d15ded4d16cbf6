package org.tiltlens.study;

/**
 * The corpus in a few words.
 *
 * @param images how many
 * @param licence their licence and source
 */
public record CorpusNote(int images, String licence) {}
