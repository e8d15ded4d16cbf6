package org.tiltlens.prompts;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.text.ClipText;
import org.tiltlens.text.ClipTokenizer;
import org.tiltlens.torch.Tensors;

/** The vectors of a text encoder's own words, in the caller's scope. */
final class Words {
  /** (V, C). */
  private final Tensor vectors;

  Words(ClipText encoder) {
    long[][] each = new long[encoder.vocabulary()][1];
    Arrays.setAll(each, id -> new long[] {id});
    vectors = encoder.tokenEmbeddings(each).select(1, 0);
  }

  Tensor vectors() {
    return vectors;
  }

  /** Standard deviation of their elements. */
  double deviation() {
    return vectors.std().item_double();
  }

  /**
   * The words of the largest cosine with each of some vectors.
   *
   * @param soft (1, n, C)
   */
  List<String> nearest(Tensor soft, ClipTokenizer tokenizer) {
    Tensor own = vectors.div(Tensors.norm(vectors, 1));
    Tensor cosines = soft.select(0, 0).matmul(own.t()); // (n, V)
    return Arrays.stream(Tensors.toLongs(Tensors.argMax(cosines, 1)))
        .mapToObj(id -> tokenizer.decode(Math.toIntExact(id)).strip())
        .toList();
  }
}
