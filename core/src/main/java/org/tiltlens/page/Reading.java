package org.tiltlens.page;

/**
 * A number of a {@code run.json} as a page shows it.
 *
 * @param quantity what it measures
 * @param value its full value
 * @param at its place in the {@code run.json}, a JSON pointer
 * @param over place of the number it was divided by; null if it stands for itself
 */
public record Reading(Quantity quantity, double value, String at, String over) {

  /** The number at {@code at}; null if the run has none there. */
  public static Reading of(Quantity quantity, Double value, String at) {
    return value == null ? null : new Reading(quantity, value, at, null);
  }

  /** This number divided by another, which is a quantity of its own. */
  public Reading over(Reading other, Quantity ratio) {
    return new Reading(ratio, value / other.value, at, other.at);
  }

  String text() {
    return quantity.text(value);
  }
}
