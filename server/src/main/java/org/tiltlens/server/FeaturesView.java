package org.tiltlens.server;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.tiltlens.harvest.FeatureTable;

/**
 * The page of all features.
 *
 * @param page those that are shown
 * @param query what was asked for
 * @param near what else could be searched for, where nothing was found
 */
record FeaturesView(BundleView bundle, FeaturePage page, FeatureQuery query, List<String> near) {
  /** What the last number of a feature in the list is. */
  static final String HIGH =
      "score s at percentile P 99: 99\u00a0% of the corpus' images score less";

  FeaturesView {
    near = List.copyOf(near);
  }

  static FeaturesView of(
      Catalogue catalogue, BundleView bundle, FeaturePage page, FeatureQuery query)
      throws IOException {
    boolean lost = page.total() == 0 && !query.search().isEmpty();
    return new FeaturesView(bundle, page, query, lost ? catalogue.near(query) : List.of());
  }

  /** The same features that another word finds, from the first. */
  String searching(String word) {
    return query.searching(word).address();
  }

  /** The classes that a feature fires on, in words; empty if there are none. */
  static String classes(FeaturePage.Row row) {
    return row.classes().stream()
        .map(FeaturePage.ClassCount::name)
        .collect(Collectors.joining(", "));
  }

  /** The page before; null if this is the first. */
  String before() {
    return page.offset() == 0
        ? null
        : "/?" + query.from(Math.max(0, page.offset() - query.limit())).address();
  }

  /** The page after; null if this is the last. */
  String after() {
    int next = page.offset() + page.features().size();
    return page.features().isEmpty() || next >= page.total()
        ? null
        : "/?" + query.from(next).address();
  }

  /** Where all of them are exported, shown here or not. */
  String export() {
    String address = query.filter().address();
    return address.isEmpty() ? "/export" : "/export?" + address;
  }

  private String count() {
    return page.total() == 1 ? "1 feature" : page.total() + " features";
  }

  /** Which of how many are shown. */
  String range() {
    if (page.total() == 0) {
      return "No feature fits";
    }
    if (page.features().isEmpty()) {
      return "There are " + count();
    }
    return "%d–%d of %s"
        .formatted(page.offset() + 1, page.offset() + page.features().size(), count());
  }

  /**
   * Something to choose.
   *
   * @param value in the address
   */
  record Choice(String value, String text, boolean chosen) {}

  List<Choice> sorts() {
    return List.of(
        sort(FeatureTable.Sort.SELECTIVE, "most selective"),
        sort(FeatureTable.Sort.FREQUENCY, "most often active"),
        sort(FeatureTable.Sort.MAX, "highest score"),
        sort(FeatureTable.Sort.INDEX, "index"));
  }

  private Choice sort(FeatureTable.Sort sort, String text) {
    return new Choice(FeatureQuery.name(sort), text, query.sort() == sort);
  }

  List<Choice> noted() {
    return List.of(
        new Choice("", "or not", !query.noted()), new Choice("true", "only", query.noted()));
  }

  List<Choice> least() {
    return shares(query.active().least(), "any", 0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5);
  }

  List<Choice> most() {
    return shares(query.active().most(), "any", 1, 0.5, 0.2, 0.1, 0.05, 0.01, 0.005);
  }

  private static List<Choice> shares(double chosen, String any, double... shares) {
    return Arrays.stream(shares)
        .mapToObj(
            share ->
                new Choice(
                    share == shares[0] ? "" : Double.toString(share),
                    share == shares[0] ? any : text(share),
                    share == chosen))
        .toList();
  }

  private static String text(double share) {
    return BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros().toPlainString() + " %";
  }
}
