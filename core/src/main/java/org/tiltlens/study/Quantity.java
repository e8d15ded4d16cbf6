package org.tiltlens.study;

import java.util.Locale;

/** What a number on the page measures: its sign, its unit and how many digits of it are shown. */
enum Quantity {
  SCORE(
      "score",
      "s",
      3,
      "",
      "how strongly an image drives the feature: its activation map, reduced to one number per"
          + " image; no unit"),
  PERCENTILE(
      "percentile",
      "P",
      2,
      "",
      "where a score stands among the scores of the corpus' images, in percent: 99 is above 99 % of"
          + " them, 100 above all"),
  BITS_PER_DIM(
      "bits/dim",
      "b",
      3,
      "",
      "how unlikely the prior finds an image: the variational bound of −log₂ p(x), divided by the"
          + " number of its pixels times channels"),
  BITS_RATIO(
      "× unguided",
      "",
      2,
      " × unguided",
      "mean bits/dim over that of the unguided samples: near 1, guidance has left the images as"
          + " likely as the prior's own"),
  PATH_KL(
      "path KL",
      "",
      2,
      " nats",
      "how far guidance moved the sampling paths from the prior's: an upper bound, in nats, of"
          + " KL(q ‖ p) for the distribution q that was sampled"),
  BETA("tilt", "β", 3, "", "strength of the tilt p(x) exp(β s(x)), in nats per unit of score"),
  FREQUENCY("active on", "", 2, " %", "share of the corpus' images on which the feature is active");

  private final String label;
  private final String sign;
  private final int decimals;
  private final String unit;
  private final String meaning;

  Quantity(String label, String sign, int decimals, String unit, String meaning) {
    this.label = label;
    this.sign = sign;
    this.decimals = decimals;
    this.unit = unit;
    this.meaning = meaning;
  }

  /** Its name, a word or two. */
  String label() {
    return label;
  }

  /** The letter before its numbers; empty if they need none. */
  String sign() {
    return sign;
  }

  /** One sentence without its full stop. */
  String meaning() {
    return meaning;
  }

  /** A value with its unit, rounded for reading. */
  String text(double value) {
    double shown = this == FREQUENCY ? 100 * value : value;
    return String.format(Locale.ROOT, "%." + decimals + "f%s", shown, unit);
  }
}
