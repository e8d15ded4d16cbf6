package org.tiltlens.app.cli;

import java.util.Locale;
import java.util.Map;

/** The fields of specs as the command line calls them. */
final class FieldNames {
  private static final Map<String, String> OTHERS =
      Map.of(
          "file", "--out",
          "folder", "--out",
          "respacing", "--steps",
          "schedule", "--noise-schedule");

  private FieldNames() {}

  /** {@code targetPercentile} -> {@code --target-percentile}. */
  static String option(String field) {
    return OTHERS.getOrDefault(
        field, "--" + field.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
  }
}
