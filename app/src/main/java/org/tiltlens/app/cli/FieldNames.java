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

  /** What commands without the usual option have for it. */
  private static final Map<String, Map<String, String>> BY_COMMAND =
      Map.of(
          "compare", Map.of("beta", "--target-percentile", "scale", "--set constant.scale"),
          "frontier", Map.of("beta", "--betas", "scale", "--scales"),
          "demo", Map.of("beta", "--percentiles", "targetPercentile", "--percentiles"),
          "compose", Map.of("beta", "beta= of --unit"),
          "studio", Map.of("folder", "--folder", "file", "--folder"));

  private FieldNames() {}

  /**
   * A message of the library, whose settings stand in backquotes, with options in their place.
   *
   * @param command whose options are meant
   */
  static String shown(String message, String command) {
    return SETTING
        .matcher(message)
        .replaceAll(setting -> Matcher.quoteReplacement(option(setting.group(1), command)));
  }

  /** An option as a command has it. */
  static String option(String field, String command) {
    return BY_COMMAND.getOrDefault(command, Map.of()).getOrDefault(field, option(field));
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
