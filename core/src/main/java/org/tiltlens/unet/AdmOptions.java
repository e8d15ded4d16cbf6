package org.tiltlens.unet;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Typed reading of guided-diffusion's options, written as Python prints them. */
record AdmOptions(Map<String, String> options) {
  String text(String name, String absent) {
    return options.getOrDefault(name, absent).strip();
  }

  int integer(String name, int absent) {
    return parse(name, text(name, String.valueOf(absent)), "an integer", Integer::valueOf);
  }

  boolean flag(String name, boolean absent) {
    String value = text(name, String.valueOf(absent));
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "t", "y", "1" -> true;
      case "false", "no", "f", "n", "0" -> false;
      default -> throw wrong(name, value, "True or False");
    };
  }

  List<Integer> integers(String name, String absent) {
    return list(name, text(name, absent), "integers separated by commas", Integer::valueOf);
  }

  List<Double> decimals(String name) {
    return list(name, text(name, ""), "numbers separated by commas", Double::valueOf);
  }

  private <T> List<T> list(String name, String value, String what, Function<String, T> parser) {
    return value.isEmpty()
        ? List.of()
        : Arrays.stream(value.split(",", -1))
            .map(part -> parse(name, part.strip(), what, parser))
            .toList();
  }

  private <T> T parse(String name, String value, String what, Function<String, T> parser) {
    try {
      return parser.apply(value);
    } catch (NumberFormatException e) {
      throw wrong(name, value, what);
    }
  }

  private static IllegalArgumentException wrong(String name, String value, String what) {
    return new IllegalArgumentException("option " + name + ": '" + value + "' is not " + what);
  }
}
