package org.tiltlens.server;

import java.util.Map;
import java.util.stream.Stream;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;

/**
 * What somebody typed into a form, which it shows again whether that can be or not.
 *
 * @param fields texts by the names of their fields
 */
record Said(Map<String, String> fields) {
  /** Nothing was typed. */
  static final Said NOTHING = new Said(Map.of());

  /** Names of the fields that say which steps are taken. */
  static final String[] STEPS = {"form", "eta", "steps", "respacing"};

  private static final int MOST_STEPS = 10_000;

  Said {
    fields = Map.copyOf(fields);
  }

  /** Those names and others. */
  static String[] withSteps(String... others) {
    return Stream.concat(Stream.of(others), Stream.of(STEPS)).toArray(String[]::new);
  }

  /** The text of a field; empty if there is none. */
  String of(String field) {
    return fields.getOrDefault(field, "");
  }

  /** The text of a field; another if there is none. */
  String of(String field, String usual) {
    return of(field).isBlank() ? usual : of(field);
  }

  /** Whether something is said of the steps. */
  boolean saysSteps() {
    return Stream.of(STEPS).anyMatch(field -> !of(field).isBlank());
  }

  /**
   * What is said of the steps; null if nothing is.
   *
   * @throws Refused if a number is none
   */
  static StepsChoice steps(Ask ask) {
    double eta = ask.share("eta", -1);
    int steps = ask.whole("steps", 0, StepsChoice.LEAST, MOST_STEPS);
    StepsChoice said =
        new StepsChoice(
            ask.given("form").orElse(null),
            eta < 0 ? null : Double.valueOf(eta),
            steps == 0 ? null : Integer.valueOf(steps),
            ask.given("respacing").orElse(null));
    return said.isSilent() ? null : said;
  }

  /** What a step may be, as the form lists them. */
  static Iterable<String> forms() {
    return StepsSpec.Form.WORDS;
  }
}
