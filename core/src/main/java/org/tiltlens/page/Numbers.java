package org.tiltlens.page;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/** Numbers rounded for reading, in no country's way. */
public final class Numbers {
  private Numbers() {}

  /** By a pattern of {@link DecimalFormat}. */
  public static String text(Number value, String pattern) {
    return new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT)).format(value);
  }

  /** With three decimals; a dash where there is none. */
  public static String text(Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, "%.3f", value);
  }
}
