package org.tiltlens.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair merges: which two neighbours become one token, the earlier in the list the sooner
 * (Sennrich et al. 2016, <em>Neural Machine Translation of Rare Words with Subword Units</em>).
 */
final class BytePairs {
  /** What ends the last token of a word. */
  static final String WORD_END = "</w>";

  private final Map<Pair, Integer> ranks;

  /** Two neighbours. */
  record Pair(String left, String right) {
    String merged() {
      return left + right;
    }
  }

  BytePairs(List<Pair> merges) {
    ranks = new HashMap<>();
    for (Pair pair : merges) {
      ranks.put(pair, ranks.size());
    }
  }

  /** The tokens of one word, given as {@linkplain ByteSymbols symbols}. */
  List<String> tokens(String word) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < word.length(); i++) {
      boolean last = i == word.length() - 1;
      parts.add(word.charAt(i) + (last ? WORD_END : ""));
    }
    while (true) {
      Pair first = null;
      int rank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < parts.size(); i++) {
        Pair pair = new Pair(parts.get(i), parts.get(i + 1));
        int found = ranks.getOrDefault(pair, Integer.MAX_VALUE);
        if (found < rank) {
          rank = found;
          first = pair;
        }
      }
      if (first == null) {
        return parts;
      }
      parts = merged(parts, first);
    }
  }

  private static List<String> merged(List<String> parts, Pair pair) {
    List<String> merged = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      boolean here =
          i + 1 < parts.size()
              && parts.get(i).equals(pair.left())
              && parts.get(i + 1).equals(pair.right());
      merged.add(here ? pair.merged() : parts.get(i));
      if (here) {
        i++;
      }
    }
    return merged;
  }
}
