package org.tiltlens.server;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Words that somebody who mistyped one may have meant. */
final class NearWords {
  private static final int MOST = 5;
  private static final int MOST_CHANGES = 3;

  private NearWords() {}

  /**
   * Those of some words that are a letter in three or fewer away from one, {@value #MOST_CHANGES}
   * at most; the nearest first, {@value #MOST} at most.
   */
  static List<String> to(String word, Collection<String> words) {
    String meant = word.toLowerCase(Locale.ROOT);
    int changes = Math.min(MOST_CHANGES, Math.max(1, meant.length() / 3));
    Map<String, Integer> near =
        words.stream()
            .filter(other -> other.length() > changes)
            .filter(other -> Math.abs(other.length() - meant.length()) <= changes)
            .distinct()
            .collect(
                Collectors.toMap(
                    other -> other, other -> changes(meant, other.toLowerCase(Locale.ROOT))));
    return near.entrySet().stream()
        .filter(one -> one.getValue() <= changes)
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .thenComparing(Comparator.comparing(Map.Entry::getKey)))
        .limit(MOST)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Letters to put in, take out or change that make one word another: Levenshtein's distance. */
  static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
