package org.tiltlens.prompts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.torch.Tensors;

/**
 * A text with words left open, as both languages read it: BERT's tokens, whose {@code [MASK]}s it
 * fills in, and CLIP's of what stands around them.
 *
 * @param text such as {@code a picture of a [MASK] with [MASK].}
 * @param ids what BERT is told
 * @param masks where its masks are
 * @param around CLIP's ids before, between and after the masks; without a full stop at the end, as
 *     DEXTER has it
 */
record Template(String text, long[] ids, int[] masks, List<int[]> around) {
  static final String MASK = "[MASK]";

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it has no mask, or is longer than an encoder reads
   */
  static Template of(String text, WordPiece words, Prompted prompted) {
    long[] ids = words.ids(text);
    int[] masks =
        IntStream.range(0, ids.length).filter(place -> ids[place] == words.mask()).toArray();
    if (masks.length == 0) {
      throw new IllegalArgumentException(
          "template '%s' leaves no word open: write %s where one is to be found"
              .formatted(text, MASK));
    }
    List<int[]> around = new ArrayList<>();
    String[] parts = text.replaceFirst("\\.\\s*$", "").split(Pattern.quote(MASK), -1);
    for (String part : parts) {
      around.add(prompted.tokenizer().encode(part));
    }
    Template read = new Template(text, ids, masks, around);
    if (read.length() > prompted.encoder().contextLength()) {
      throw new IllegalArgumentException(
          "template '%s' has %d tokens with start and end, the text encoder reads %d"
              .formatted(text, read.length(), prompted.encoder().contextLength()));
    }
    return read;
  }

  /** How many words are left open, K. */
  int open() {
    return masks.length;
  }

  private int length() {
    return 2 + masks.length + around.stream().mapToInt(part -> part.length).sum();
  }

  /** BERT's tokens with the open words filled in. */
  long[] filled(long... words) {
    long[] filled = ids.clone();
    for (int i = 0; i < masks.length; i++) {
      filled[masks[i]] = words[i];
    }
    return filled;
  }

  /** The text with the open words filled in. */
  String filled(List<String> words) {
    String filled = text;
    for (String word : words) {
      filled = filled.replaceFirst(Pattern.quote(MASK), Matcher.quoteReplacement(word));
    }
    return filled;
  }

  /**
   * What the prior is told, (1, L, C): the encoder's last row is repeated to its length, as DEXTER
   * has it; differentiable.
   *
   * @param words vectors of the open words, (1, K, C)
   */
  Tensor context(Prompted prompted, Tensor words) {
    List<Tensor> parts = new ArrayList<>();
    parts.add(prompted.encoder().tokenEmbeddings(new long[] {prompted.tokenizer().start()}));
    for (int i = 0; i < around.size(); i++) {
      if (i > 0) {
        parts.add(words.narrow(1, i - 1, 1));
      }
      if (around.get(i).length > 0) {
        parts.add(
            prompted
                .encoder()
                .tokenEmbeddings(Arrays.stream(around.get(i)).asLongStream().toArray()));
      }
    }
    parts.add(prompted.encoder().tokenEmbeddings(new long[] {prompted.tokenizer().end()}));
    Tensor told = Tensors.cat(parts, 1);
    long length = told.size(1);
    Tensor last = prompted.encoder().encode(told, (int) length - 1).lastHiddenState();
    long left = prompted.encoder().contextLength() - length;
    return left == 0
        ? last
        : Tensors.cat(List.of(last, last.narrow(1, length - 1, 1).expand(-1, left, -1)), 1);
  }
}
