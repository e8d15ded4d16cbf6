package org.tiltlens.server;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Indices of features as people list them: {@code 1,2,5-9}. */
final class FeatureNumbers {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

  private FeatureNumbers() {}

  /**
   * Reads a list.
   *
   * @param features how many there are, below which all indices are
   * @throws IllegalArgumentException if it is none
   */
  static SortedSet<Integer> parse(String text, int features) {
    SortedSet<Integer> found = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      Matcher matcher = PART.matcher(part.strip());
      int first = matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
      int last = first < 0 || matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first < 0 || last < first || last >= features) {
        throw new IllegalArgumentException(
            "features has '%s', expected indices and ranges below %d, such as 1,2,5-9"
                .formatted(shortly(part), features));
      }
      for (int feature = first; feature <= last; feature++) {
        found.add(feature);
      }
    }
    return found;
  }

  private static String shortly(String part) {
    return part.length() > 40 ? part.substring(0, 40) + "…" : part;
  }
}
