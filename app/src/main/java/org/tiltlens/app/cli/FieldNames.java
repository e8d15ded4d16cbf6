package org.tiltlens.app.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiltlens.models.Inspection;

/** The fields of specs as the command line calls them. */
final class FieldNames {
  private static final Pattern SETTING = Pattern.compile("`(\\w+)`");

  private static final Map<String, String> OTHERS =
      Map.of(
          "file", "--out",
          "folder", "--out",
          "respacing", "--steps",
          "schedule", "--noise-schedule",
          "settings", "--set",
          "stored", "--dtype");

  private FieldNames() {}

  /** A message of the library, whose settings stand in backquotes, with options in their place. */
  static String shown(String message) {
    return SETTING
        .matcher(message)
        .replaceAll(setting -> Matcher.quoteReplacement(option(setting.group(1))));
  }

  /** What takes one network of several. */
  static String choosing(Inspection.Part part) {
    return option(part.field()) + "=" + part.prefix();
  }

  /** {@code targetPercentile} -> {@code --target-percentile}. */
  static String option(String field) {
    return OTHERS.getOrDefault(
        field, "--" + field.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
  }
}
