package org.tiltlens.compose;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringTokenizer;
import org.tiltlens.tilting.Target;

/**
 * One of several units that a composition tilts by, and how far.
 *
 * <p>Written as the unit and its settings: {@code feature:81@pre@2,3 activation=2 cap=8}, {@code
 * feature:7@pre beta=2}, {@code feature:9@pre hold}.
 *
 * @param unit the unit, such as {@code feature:81@pre}, or with a place on its map, {@code
 *     feature:81@pre@2,3}
 * @param beta tilt strength; null if it follows from an aim
 * @param target mean score wanted, of the capped score if there is a cap; null if beta is given or
 *     the unit is held
 * @param hold whether its mean should stay what it is on the corpus
 * @param cap score above which it counts no further; null for none
 */
public record ComposedUnit(String unit, Double beta, Target target, boolean hold, Double cap) {
  private static final double USUAL_PERCENTILE = 99;

  public ComposedUnit {
    int aims = (beta == null ? 0 : 1) + (target == null ? 0 : 1) + (hold ? 1 : 0);
    if (aims != 1) {
      throw new IllegalArgumentException(
          "unit '"
              + unit
              + "': expected one of beta=B, activation=M, percentile=P and hold, not "
              + (aims == 0 ? "none" : "several"));
    }
    if (beta != null && !Double.isFinite(beta)) {
      throw new IllegalArgumentException(
          "unit '" + unit + "': illegal beta: " + beta + ", must be a finite number");
    }
    if (cap != null && !Double.isFinite(cap)) {
      throw new IllegalArgumentException(
          "unit '" + unit + "': illegal cap: " + cap + ", must be a finite number");
    }
  }

  /**
   * Reads a unit and its settings; without one that says how far, percentile=99.
   *
   * @throws IllegalArgumentException if a setting is unknown or no number
   */
  public static ComposedUnit parse(String text) {
    List<String> words = new ArrayList<>();
    StringTokenizer tokens = new StringTokenizer(text);
    while (tokens.hasMoreTokens()) {
      words.add(tokens.nextToken());
    }
    if (words.isEmpty()) {
      throw new IllegalArgumentException(
          "an empty unit: expected one such as 'feature:81@pre@2,3 cap=8'");
    }
    Double beta = null;
    Double activation = null;
    Double percentile = null;
    Double cap = null;
    boolean hold = false;
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      switch (name.toLowerCase(Locale.ROOT)) {
        case "beta" -> beta = number(word, equals);
        case "activation" -> activation = number(word, equals);
        case "percentile" -> percentile = number(word, equals);
        case "cap" -> cap = number(word, equals);
        case "hold" -> hold = true;
        default ->
            throw new IllegalArgumentException(
                "unit '"
                    + words.get(0)
                    + "': unknown setting '"
                    + word
                    + "': use beta=B, activation=M, percentile=P, cap=Y or hold");
      }
    }
    if (beta == null && activation == null && percentile == null && !hold) {
      percentile = USUAL_PERCENTILE;
    }
    if (activation != null && percentile != null) {
      throw new IllegalArgumentException(
          "unit '" + words.get(0) + "': give one of activation=M and percentile=P");
    }
    Target target =
        activation == null && percentile == null ? null : new Target(activation, percentile);
    return new ComposedUnit(words.get(0), beta, target, hold, cap);
  }

  private static double number(String word, int equals) {
    try {
      return Double.parseDouble(word.substring(equals + 1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "setting '" + word + "' has no number: expected one such as beta=2", e);
    }
  }

  /** Whether its beta is to be found. */
  public boolean isAimed() {
    return beta == null;
  }
}
