package org.tiltlens.corpus;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many images of a corpus a run did without, and why.
 *
 * @param of how many it looked at, these included
 * @param why reason, in a word or two -> how many
 */
public record LeftOut(int of, Map<String, Integer> why) {
  public LeftOut {
    why = Collections.unmodifiableMap(new TreeMap<>(why));
  }

  /** How many. */
  public int count() {
    return why.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Such as {@code left out 3 of 40 images: 2 .heic (convert to JPEG or PNG), 1 damaged}. */
  @Override
  public String toString() {
    return why.entrySet().stream()
        .map(each -> each.getValue() + " " + each.getKey() + ImageNames.advice(each.getKey()))
        .collect(Collectors.joining(", ", "left out " + count() + " of " + of + " images: ", ""));
  }
}
