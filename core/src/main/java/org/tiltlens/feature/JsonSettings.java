package org.tiltlens.feature;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;

/**
 * The keys of one settings file; whatever is missing or of another kind is named in the error.
 *
 * <p>A key that is {@code null} counts as missing. {@code otherwise} stands for a missing key and
 * is {@code null} where there is no such default.
 *
 * @param root the JSON object
 * @param source the file, for messages
 */
record JsonSettings(JsonNode root, String source) {
  JsonSettings {
    if (!root.isObject()) {
      throw new CheckpointException(source + " is not a JSON object");
    }
  }

  /**
   * The settings in a folder's file; empty if there is no such file.
   *
   * @throws CheckpointException if it is not JSON
   */
  static Optional<JsonSettings> in(Path folder, String name) {
    String source = folder.resolve(name).toString();
    try {
      Optional<String> text = Checkpoints.settings(folder.resolve(name));
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(new JsonSettings(new ObjectMapper().readTree(text.get()), source));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(source + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** The settings in an object inside this one; empty ones if there is no such object. */
  JsonSettings inside(String key) {
    JsonNode node = root.path(key);
    return new JsonSettings(node.isObject() ? node : new ObjectMapper().createObjectNode(), source);
  }

  boolean has(String key) {
    return root.hasNonNull(key);
  }

  /** Fails if a key is true. */
  void refuse(String key, String why) {
    if (flag(key, false)) {
      throw wrong(key, "false: " + why);
    }
  }

  boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw wrong(key, root.get(key).toString(), "true or false");
    }
    return root.get(key).booleanValue();
  }

  int integer(String key, Integer otherwise) {
    if (!has(key) && otherwise != null) {
      return otherwise;
    }
    JsonNode node = root.path(key);
    // 32.0 is a whole number too: Python writes what was a float so.
    if (!node.isNumber() || !node.canConvertToExactIntegral() || !node.canConvertToInt()) {
      throw wrong(key, node.toString(), "a whole number");
    }
    return node.intValue();
  }

  double number(String key) {
    if (!root.path(key).isNumber()) {
      throw wrong(key, root.path(key).toString(), "a number");
    }
    return root.get(key).doubleValue();
  }

  String text(String key, String otherwise) {
    if (!has(key) && otherwise != null) {
      return otherwise;
    }
    if (!root.path(key).isTextual()) {
      throw wrong(key, "a text");
    }
    return root.get(key).textValue();
  }

  <E extends Enum<E>> E oneOf(String key, Class<E> values, String otherwise) {
    String text = text(key, otherwise);
    for (E value : values.getEnumConstants()) {
      if (value.name().equals(text.toUpperCase(Locale.ROOT))) {
        return value;
      }
    }
    String known = Arrays.toString(values.getEnumConstants()).toLowerCase(Locale.ROOT);
    throw wrong(key, "one of " + known);
  }

  /** What to throw for a key that has another value than {@code expected}. */
  CheckpointException wrong(String key, String expected) {
    JsonNode node = root.path(key);
    return wrong(key, node.isTextual() ? "'" + node.textValue() + "'" : node.toString(), expected);
  }

  private CheckpointException wrong(String key, String value, String expected) {
    return new CheckpointException(
        source
            + ": "
            + key
            + " is "
            + (value.isEmpty() ? "missing" : value)
            + ", expected "
            + expected);
  }
}
