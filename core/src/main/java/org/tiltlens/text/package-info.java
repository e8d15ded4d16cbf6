/**
 * From a prompt to its tokens, and on to the vectors that score or condition an image.
 *
 * <pre id="text">{@code
 * ClipTokenizer tokenizer = ClipTokenizer.open(folder);
 * try (ClipText encoder = ClipText.open(folder, Device.CPU);
 *     Scope scope = Scope.open()) {
 *   long[] ids = tokenizer.ids("a photograph of a cat", encoder.contextLength());
 *   Tensor prompt = encoder.encode(ids).lastHiddenState(); // (1, 77, C)
 *   System.out.println(Tensors.describe(prompt));
 * }
 * }</pre>
 */
package org.tiltlens.text;
