package org.tiltlens.app.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Which unit, common to the commands that look at one: a feature by its number, or any by name. */
final class UnitOptions {
  /** What {@code --feature} means, in every command. */
  static final String FEATURE = "Dictionary feature, before its activation function.";

  /** The grammar of {@code --unit}. */
  static final String UNITS =
      "Any unit: feature:81, feature:81@pre, channel:12, neuron:12@3,4 (row, column),"
          + " direction:FILE.safetensors#NAME (a vector of one number per channel), logit:207 (of a"
          + " network's vector output), cls:5 or storage:5@2 (channel 5 of a transformer's class"
          + " token, of its storage token 2); feature:81@pre@2,3 is a feature, channel or direction"
          + " in row 2, column 3 rather than elsewhere.";

  private static final Pattern WHOLE_FEATURE = Pattern.compile("feature:(\\d{1,9})@pre");

  @Option(
      names = "--feature",
      paramLabel = "J",
      description = FEATURE + " Default: none; --unit instead.")
  private Integer feature;

  @Option(
      names = "--unit",
      paramLabel = "U",
      description = UNITS + " Default: none; --feature instead.")
  private String unit;

  /** A feature as {@code --unit} names it. */
  static String named(int feature) {
    if (feature < 0) {
      throw new IllegalArgumentException(
          "illegal --feature: " + feature + ", must be 0 or more (tiltlens features lists them)");
    }
    return "feature:" + feature + "@pre";
  }

  /**
   * The feature that a unit is, before its activation function.
   *
   * @param command that looks at no other units
   * @throws IllegalArgumentException if it is another one
   */
  static int featureOf(String unit, String command) {
    Matcher feature = WHOLE_FEATURE.matcher(unit.strip());
    if (!feature.matches()) {
      throw new IllegalArgumentException(
          "--unit '"
              + unit
              + "': "
              + command
              + " looks at dictionary features before their activation function only: give"
              + " --feature J or --unit feature:J@pre");
    }
    return Integer.parseInt(feature.group(1));
  }

  /**
   * The unit's name.
   *
   * @throws IllegalArgumentException if there is none, or both are given
   */
  String unit() {
    if ((feature == null) == (unit == null)) {
      throw new IllegalArgumentException("give one of --feature J and --unit U");
    }
    if (unit != null && unit.isBlank()) {
      throw new IllegalArgumentException(
          "--unit '" + unit + "': expected a unit, such as feature:81@pre");
    }
    return unit != null ? unit : named(feature);
  }

  /** The same for a command that looks at features alone. */
  int feature(String command) {
    return featureOf(unit(), command);
  }
}
