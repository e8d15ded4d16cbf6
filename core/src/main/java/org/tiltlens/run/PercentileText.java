package org.tiltlens.run;

import java.util.Locale;

/** Percentiles as people read them. */
public final class PercentileText {
  private static final int MOST_DIGITS = 6;

  private PercentileText() {}

  /** As many digits as it takes: below all but 0 or above all but 100 is not rounded to these. */
  public static String of(double percentile) {
    for (int digits = 2; digits < MOST_DIGITS; digits++) {
      String text = String.format(Locale.ROOT, "%." + digits + "f", percentile);
      double read = Double.parseDouble(text);
      if ((read != 0 && read != 100) || read == percentile) {
        return text;
      }
    }
    return String.format(Locale.ROOT, "%." + MOST_DIGITS + "f", percentile);
  }
}
