package org.tiltlens.prompts;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * A prompt whose last words are vectors: start, a prefix, n places for them, end and padding by it,
 * as Stable Diffusion 1 is told texts.
 *
 * @param before ids of what stands before the vectors
 * @param after ids of what stands after them
 */
record PromptText(long[] before, long[] after) {
  /**
   * Of a prefix.
   *
   * @throws IllegalArgumentException if it and the vectors are more than the encoder reads
   */
  static PromptText of(Prompted prompted, String prefix, int tokens) {
    int[] words = prompted.tokenizer().encode(prefix);
    int left = prompted.encoder().contextLength() - words.length - tokens - 1;
    if (left < 1) {
      throw new IllegalArgumentException(
          "a prompt of %d tokens in words and %d vectors: the text encoder reads %d between start and end"
              .formatted(words.length, tokens, prompted.encoder().contextLength() - 2));
    }
    long[] before = new long[words.length + 1];
    before[0] = prompted.tokenizer().start();
    for (int i = 0; i < words.length; i++) {
      before[i + 1] = words[i];
    }
    long[] after = new long[left];
    Arrays.fill(after, prompted.tokenizer().end());
    return new PromptText(before, after);
  }

  /** What the prior is told, (1, L, C); differentiable with respect to the vectors (1, n, C). */
  Tensor context(Prompted prompted, Tensor soft) {
    Tensor all =
        Tensors.cat(
            List.of(
                prompted.encoder().tokenEmbeddings(before),
                prompted.encoder().device().place(soft),
                prompted.encoder().tokenEmbeddings(after)),
            1);
    int end = before.length + Math.toIntExact(soft.size(1));
    return prompted.encoder().encode(all, end).lastHiddenState();
  }
}
