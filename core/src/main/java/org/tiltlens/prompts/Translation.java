package org.tiltlens.prompts;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.text.ClipTokenizer;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * BERT's words in the vectors of CLIP's: a row for each of BERT's tokens, zeros for one that is no
 * whole word of CLIP's.
 *
 * <p>{@code M E} of DEXTER's translation matrix M and CLIP's vectors E, without M: V x C numbers,
 * 94 MB for BERT and the text encoder of Stable Diffusion 1. Words are compared by their
 * characters, where DEXTER's code compares BERT's with CLIP's byte symbols: the same for ASCII.
 */
final class Translation implements AutoCloseable {
  private final Tensor rows;
  private final boolean[] known;

  /** Of the words that both know. */
  Translation(WordPiece words, Prompted prompted) {
    Map<String, Integer> whole = wholeWords(prompted.tokenizer());
    known = new boolean[words.size()];
    long[] ids = new long[words.size()];
    float[] kept = new float[words.size()];
    for (int id = 0; id < ids.length; id++) {
      Integer same = whole.get(words.token(id));
      known[id] = same != null;
      ids[id] = same == null ? 0 : same;
      kept[id] = same == null ? 0 : 1;
    }
    try (Scope scope = Scope.open()) {
      long[][] each = Arrays.stream(ids).mapToObj(id -> new long[] {id}).toArray(long[][]::new);
      Tensor vectors = prompted.encoder().tokenEmbeddings(each).select(1, 0);
      Tensor mask = prompted.encoder().device().place(Tensors.floats(kept, kept.length, 1));
      rows = Scope.keepForever(vectors.mul(mask));
    }
  }

  /** Word -> id of CLIP's tokens that end a word. */
  private static Map<String, Integer> wholeWords(ClipTokenizer tokenizer) {
    Map<String, Integer> whole = new HashMap<>();
    for (int id = 0; id < tokenizer.size(); id++) {
      String text = tokenizer.decode(id);
      if (text.endsWith(" ")) {
        whole.put(text.substring(0, text.length() - 1), id);
      }
    }
    return whole;
  }

  /** (V, C). */
  Tensor rows() {
    return rows;
  }

  /** Whether CLIP knows a token of BERT's, too. */
  boolean knows(int id) {
    return known[id];
  }

  @Override
  public void close() {
    Scope.release(rows);
  }
}
