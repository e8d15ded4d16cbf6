/**
 * Guesses the words that a text leaves open: BERT's tokenizer and its masked language model.
 *
 * <pre id="bert">{@code
 * WordPiece words = WordPiece.open(folder);
 * try (BertMasked bert = BertMasked.open(folder, Device.CPU);
 *     Scope scope = Scope.open()) {
 *   long[] ids = words.ids("a picture of a [MASK].");
 *   Tensor logits = bert.logits(bert.tokenEmbeddings(ids)); // (1, L, V)
 *   System.out.println(Tensors.describe(logits));
 * }
 * }</pre>
 */
package org.tiltlens.bert;
