package org.tiltlens.server;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which features an export is of.
 *
 * @param features their indices, ascending; all have statistics
 * @param address the same as parameters of an address; empty for all features
 */
record ExportChoice(List<Integer> features, String address) {
  private static final String LIST = "features";

  /** Names of its parameters in an address: a list, or what a list of features is asked for by. */
  static final String[] NAMES =
      Stream.concat(Stream.of(LIST), Stream.of(FeatureQuery.FILTERS)).toArray(String[]::new);

  ExportChoice {
    features = List.copyOf(features);
  }

  /** The list; empty if they were not listed. */
  String list() {
    return address.startsWith(LIST + "=") ? address.substring(LIST.length() + 1) : "";
  }

  /**
   * Those of a list such as {@code 1,2,5-9}.
   *
   * @throws IllegalArgumentException if it is none, or nothing is known of one of them
   */
  static ExportChoice listed(Catalogue catalogue, String list) {
    SortedSet<Integer> listed = FeatureNumbers.parse(list, catalogue.info().features());
    Set<Integer> unknown = new LinkedHashSet<>(catalogue.unknown());
    unknown.retainAll(listed);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "features has %s, of which nothing is known as they are not finite on every image"
              .formatted(
                  unknown.stream()
                      .limit(5)
                      .map(String::valueOf)
                      .collect(Collectors.joining(", "))));
    }
    return new ExportChoice(List.copyOf(listed), LIST + "=" + list.replaceAll("\\s+", ""));
  }

  /**
   * As an address asks for.
   *
   * @throws Refused if that is no choice, or an empty one
   */
  static ExportChoice of(Catalogue catalogue, Ask ask) throws IOException {
    FeatureQuery query = FeatureQuery.of(ask);
    Optional<String> list = ask.given(LIST);
    if (list.isEmpty()) {
      int[] chosen = catalogue.chosen(query);
      if (chosen.length == 0) {
        throw Refused.wrong("no feature fits: nothing to export");
      }
      return new ExportChoice(Arrays.stream(chosen).boxed().toList(), query.address());
    }
    if (!query.address().isEmpty()) {
      throw Refused.wrong("features and what features are asked for by are both given: give one");
    }
    try {
      return listed(catalogue, list.get());
    } catch (IllegalArgumentException e) {
      throw Refused.wrong(e.getMessage());
    }
  }
}
