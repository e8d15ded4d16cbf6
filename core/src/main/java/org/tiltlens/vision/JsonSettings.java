package org.tiltlens.vision;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A JSON object read key by key; what is there must be of the kind that is asked for. */
record JsonSettings(JsonNode root) {
  boolean has(String key) {
    return root.has(key);
  }

  /** Whether a key has this word as its value. */
  boolean says(String key, String word) {
    return word.equals(root.path(key).textValue());
  }

  boolean flag(String key, boolean otherwise) {
    if (has(key) && !root.get(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return root.path(key).asBoolean(otherwise);
  }

  OptionalInt integer(String key, String expected) {
    if (!has(key)) {
      return OptionalInt.empty();
    }
    JsonNode node = root.get(key);
    // 4.0 is a whole number too: Python writes what was a float so.
    if (!node.isNumber() || !node.canConvertToExactIntegral() || !node.canConvertToInt()) {
      throw wrong(key, expected);
    }
    return OptionalInt.of(node.intValue());
  }

  List<Double> numbers(String key, List<Double> otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    JsonNode node = root.get(key);
    List<Double> numbers = new ArrayList<>();
    node.forEach(number -> numbers.add(number.isNumber() ? number.doubleValue() : Double.NaN));
    if (!node.isArray() || numbers.contains(Double.NaN)) {
      throw wrong(key, "a list of numbers");
    }
    return numbers;
  }

  IllegalArgumentException wrong(String key, String expected) {
    return new IllegalArgumentException(key + " is " + root.get(key) + ", expected " + expected);
  }
}
