/**
 * Corpora of natural images: folders, archives, tables, IDX and CIFAR files, decoded and framed.
 *
 * <pre id="corpus">{@code
 * try (Corpus corpus = Corpus.open(file, Framing.pad(32))) { // a folder, zip, IDX, CIFAR
 *   for (int i = 0; i < corpus.size(); i++) {
 *     try (Scope scope = Scope.open()) {
 *       Optional<Tensor> image = corpus.read(i); // (3, 32, 32) in [-1, 1]; empty if broken
 *       read += image.isPresent() ? 1 : 0;
 *     }
 *   }
 * }
 * }</pre>
 */
package org.tiltlens.corpus;
