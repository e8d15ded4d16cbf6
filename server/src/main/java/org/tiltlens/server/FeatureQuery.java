package org.tiltlens.server;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.Neighbours;

/**
 * Which features a list shows.
 *
 * @param sort their order
 * @param active shares of the images on which they are active
 * @param search a part of the name of a class that they fire on, of their label or note, or an
 *     index, whose feature then comes first; empty for all
 * @param noted whether only those with a label or note
 * @param like which feature they are like, in whose order they then are; null for all
 * @param offset how many of them to leave out
 * @param limit how many to show
 */
record FeatureQuery(
    FeatureTable.Sort sort,
    FeatureTable.Frequencies active,
    String search,
    boolean noted,
    Like like,
    int offset,
    int limit) {
  /** Names of its parameters in an address that say which features are meant. */
  static final String[] FILTERS = {
    "min_frequency", "max_frequency", "search", "noted", "nearest", "together"
  };

  /** Names of all of its parameters. */
  static final String[] NAMES =
      Stream.concat(Stream.of(FILTERS), Stream.of("sort", "offset", "limit"))
          .toArray(String[]::new);

  /** Features on a page. */
  static final int USUAL = 48;

  /** A feature by its index, as people write it. */
  private static final Pattern INDEX = Pattern.compile("(?i)(?:feature\\s*|#)?(\\d{1,9})");

  private static final int MOST = 500;
  private static final int LONGEST_SEARCH = 100;

  /**
   * Features that are like one.
   *
   * @param feature the one
   * @param together whether by the images they are active on, else by their directions
   */
  record Like(int feature, boolean together) {
    private static Like of(Ask ask) {
      boolean together = ask.given("together").isPresent();
      if (together && ask.given("nearest").isPresent()) {
        throw Refused.wrong("nearest and together are both given, expected one");
      }
      String name = together ? "together" : "nearest";
      return ask.given(name).isEmpty()
          ? null
          : new Like(ask.whole(name, 0, 0, Integer.MAX_VALUE), together);
    }

    /** As a parameter. */
    String name() {
      return together ? "together" : "nearest";
    }

    /** Those that are like it, most alike first. */
    int[] order(Atlas atlas) throws IOException {
      Neighbours neighbours =
          together
              ? atlas
                  .together()
                  .orElseThrow(
                      () ->
                          new Refused(
                              409, "together: co-activation is not measured yet, ask for it first"))
                  .together()
              : atlas.directions().nearest();
      if (feature >= neighbours.features().length) {
        throw Refused.missing("feature " + feature);
      }
      return neighbours.features()[feature].clone();
    }
  }

  /** The index that is searched for; -1 if it is none. */
  int index() {
    Matcher matcher = INDEX.matcher(search);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
  }

  /** What was found in its order, but for the feature of the index that is searched for: first. */
  int[] first(int... found) {
    int index = index();
    return IntStream.concat(
            Arrays.stream(found).filter(one -> one == index),
            Arrays.stream(found).filter(one -> one != index))
        .toArray();
  }

  /** All features by index. */
  static FeatureQuery all(int limit) {
    return new FeatureQuery(
        FeatureTable.Sort.INDEX, FeatureTable.Frequencies.ALL, "", false, null, 0, limit);
  }

  static FeatureQuery of(Ask ask) {
    double least = ask.share("min_frequency", 0);
    double most = ask.share("max_frequency", 1);
    if (least > most) {
      throw Refused.wrong(
          "min_frequency is %s, expected at most max_frequency, %s".formatted(least, most));
    }
    String search = ask.given("search").orElse("").strip();
    if (search.codePointCount(0, search.length()) > LONGEST_SEARCH) {
      throw Refused.wrong("search has more than " + LONGEST_SEARCH + " characters");
    }
    return new FeatureQuery(
        sort(ask.given("sort").orElse("selective")),
        new FeatureTable.Frequencies(least, most),
        search,
        ask.flag("noted"),
        Like.of(ask),
        ask.whole("offset", 0, 0, Integer.MAX_VALUE),
        ask.whole("limit", USUAL, 1, MOST));
  }

  private static FeatureTable.Sort sort(String name) {
    return Stream.of(FeatureTable.Sort.values())
        .filter(sort -> name(sort).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Refused.wrong(
                    "sort is '"
                        + name
                        + "', expected one of "
                        + Stream.of(FeatureTable.Sort.values())
                            .map(FeatureQuery::name)
                            .collect(Collectors.joining(", "))));
  }

  /** An order's name in an address. */
  static String name(FeatureTable.Sort sort) {
    return sort.name().toLowerCase(Locale.ROOT);
  }

  FeatureQuery from(int other) {
    return new FeatureQuery(sort, active, search, noted, like, other, limit);
  }

  /** The same of another word, from the first. */
  FeatureQuery searching(String word) {
    return new FeatureQuery(sort, active, word, noted, like, 0, limit);
  }

  /** The same features in the usual order, from the first. */
  FeatureQuery filter() {
    return new FeatureQuery(FeatureTable.Sort.SELECTIVE, active, search, noted, like, 0, USUAL);
  }

  /** It as the parameters of an address; what is usual is left out. */
  String address() {
    Map<String, Object> parameters = new LinkedHashMap<>();
    if (sort != FeatureTable.Sort.SELECTIVE) {
      parameters.put("sort", name(sort));
    }
    if (active.least() > 0) {
      parameters.put("min_frequency", active.least());
    }
    if (active.most() < 1) {
      parameters.put("max_frequency", active.most());
    }
    if (!search.isEmpty()) {
      parameters.put("search", URLEncoder.encode(search, StandardCharsets.UTF_8));
    }
    if (noted) {
      parameters.put("noted", true);
    }
    if (like != null) {
      parameters.put(like.name(), like.feature());
    }
    if (offset > 0) {
      parameters.put("offset", offset);
    }
    if (limit != USUAL) {
      parameters.put("limit", limit);
    }
    return parameters.entrySet().stream()
        .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
        .collect(Collectors.joining("&"));
  }
}
