package org.tiltlens.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.fixture.RandomPipeline;

/**
 * What the command line asks for.
 *
 * @param sizes of random networks, by name; {@code full} is not among them
 * @param full folder of the published sizes' networks, or null to leave them out
 * @param threads that each operation may use, on both sides
 * @param repeats rounds
 * @param seconds that each side's turn in a round lasts at least
 * @param json where the numbers go beside the table, or null
 */
record BenchOptions(
    List<String> sizes, Path full, int threads, int repeats, double seconds, Path json) {
  static final Map<String, RandomPipeline.Size> SIZES =
      Map.of(
          "tiny", RandomPipeline.Size.TINY,
          "small", RandomPipeline.Size.SMALL,
          "medium", RandomPipeline.Size.MEDIUM);

  BenchOptions {
    sizes = List.copyOf(sizes);
    if (threads < 1 || repeats < 1 || !(seconds >= 0 && seconds < 1e6)) {
      throw new IllegalArgumentException(
          "--threads %d --repeats %d --seconds %s: expected at least 1, 1 and 0"
              .formatted(threads, repeats, seconds));
    }
    for (String size : sizes) {
      if (!SIZES.containsKey(size)) {
        throw new IllegalArgumentException(
            "--sizes: '%s' is not known, expected some of tiny,small,medium".formatted(size));
      }
    }
  }

  /**
   * @throws IllegalArgumentException if they are not understood; one line
   */
  static BenchOptions parse(String... arguments) {
    Map<String, String> given = new TreeMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + ": expected a value after it");
      }
      given.put(arguments[i], arguments[i + 1]);
    }
    String sizes = value(given, "--sizes", "small,medium");
    String full = given.remove("--full");
    String json = given.remove("--json");
    BenchOptions options =
        new BenchOptions(
            Arrays.stream(sizes.split(",")).filter(size -> !size.isEmpty()).toList(),
            full == null ? null : Path.of(full),
            whole(given, "--threads", "1"),
            whole(given, "--repeats", "5"),
            number(given, "--seconds", "2"),
            json == null ? null : Path.of(json));
    if (!given.isEmpty()) {
      throw new IllegalArgumentException(
          given.keySet()
              + ": expected --sizes, --full, --threads, --repeats, --seconds and --json only");
    }
    return options;
  }

  private static int whole(Map<String, String> given, String name, String usual) {
    double number = number(given, name, usual);
    if (number != Math.rint(number)) {
      throw new IllegalArgumentException(name + ": " + number + ", expected a whole number");
    }
    return (int) number;
  }

  private static double number(Map<String, String> given, String name, String usual) {
    String value = value(given, name, usual);
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": '" + value + "', expected a number", e);
    }
  }

  private static String value(Map<String, String> given, String name, String usual) {
    String value = given.remove(name);
    return value == null ? usual : value;
  }
}
