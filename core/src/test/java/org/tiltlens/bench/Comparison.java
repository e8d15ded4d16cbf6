package org.tiltlens.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What both sides took for the same computation.
 *
 * @param size of the networks
 * @param what was computed
 * @param way in which the Python side did it; empty if there is only one
 * @param images computed together
 * @param throughput whether it is reported as images a second
 * @param difference of the two sides' results, relative
 * @param tiltlens seconds of one computation, round by round
 * @param python the same, of as many rounds
 */
record Comparison(
    String size,
    String what,
    String way,
    int images,
    boolean throughput,
    double difference,
    List<Double> tiltlens,
    List<Double> python) {
  Comparison {
    tiltlens = List.copyOf(tiltlens);
    python = List.copyOf(python);
    if (tiltlens.isEmpty() || tiltlens.size() != python.size()) {
      throw new IllegalArgumentException(
          "rounds: %d of Tiltlens and %d of Python, expected as many and at least one"
              .formatted(tiltlens.size(), python.size()));
    }
  }

  double tiltlensSeconds() {
    return median(tiltlens);
  }

  double pythonSeconds() {
    return median(python);
  }

  /** How many times Tiltlens' time Python's is, of the medians. */
  double ratio() {
    return pythonSeconds() / tiltlensSeconds();
  }

  /** The smallest ratio of a round. */
  double lowest() {
    return ratios().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /** The largest ratio of a round. */
  double highest() {
    return ratios().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private List<Double> ratios() {
    return IntStream.range(0, tiltlens.size())
        .mapToObj(i -> python.get(i) / tiltlens.get(i))
        .toList();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** All of it, seconds round by round included. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("size", size).put("what", what).put("way", way).put("images", images);
    json.put("tiltlens_seconds", tiltlensSeconds()).put("python_seconds", pythonSeconds());
    json.put("ratio", ratio()).put("lowest_ratio", lowest()).put("highest_ratio", highest());
    json.put("difference", difference);
    tiltlens.forEach(json.putArray("tiltlens_rounds")::add);
    python.forEach(json.putArray("python_rounds")::add);
    return json;
  }
}
