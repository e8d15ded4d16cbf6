package org.tiltlens.app.cli;

import picocli.CommandLine.Option;

/** Which unit: a feature by its number, or any by its name. */
final class UnitOptions {
  /** The grammar of {@code --unit}. */
  static final String UNITS =
      "Any unit: feature:81, feature:81@pre, channel:12, neuron:12@3,4 (row, column),"
          + " direction:FILE.safetensors#NAME (a vector of one number per channel), logit:207 (of a"
          + " network's vector output), cls:5 or storage:5@2 (channel 5 of a transformer's class"
          + " token, of its storage token 2); feature:81@pre@2,3 is a feature, channel or direction"
          + " in row 2, column 3 rather than elsewhere.";

  @Option(
      names = "--feature",
      paramLabel = "J",
      description =
          "Dictionary feature, before its activation function. Default: none; --unit instead.")
  private Integer feature;

  @Option(
      names = "--unit",
      paramLabel = "U",
      description = UNITS + " Default: none; --feature instead.")
  private String unit;

  /**
   * The unit's name.
   *
   * @throws IllegalArgumentException if there is none, or both are given
   */
  String unit() {
    if ((feature == null) == (unit == null)) {
      throw new IllegalArgumentException("give one of --feature J and --unit U");
    }
    return unit != null ? unit : "feature:" + feature + "@pre";
  }
}
