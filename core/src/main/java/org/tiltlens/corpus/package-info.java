/**
 * Corpora of natural images: folders, zips, IDX and CIFAR files, decoded and framed.
 *
 * <pre>{@code
 * try (Corpus corpus = Corpus.open(Path.of("train-images-idx3-ubyte.gz"), Framing.pad(32))) {
 *   for (Corpus.Image image : corpus) { ... } // (3, 32, 32) in [-1, 1]
 * }
 * }</pre>
 */
package org.tiltlens.corpus;
