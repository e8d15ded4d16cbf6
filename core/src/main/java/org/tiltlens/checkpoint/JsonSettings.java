package org.tiltlens.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of one settings file; whatever is missing or of another kind is named in the error.
 *
 * <p>A key that is {@code null} counts as missing. {@code otherwise} stands for a missing key and
 * is {@code null} where there is no such default.
 *
 * @param root the JSON object
 * @param source the file, for messages
 */
public record JsonSettings(JsonNode root, String source) {
  /** Python writes NaN and Infinity too; where a number matters, it must be finite. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  public JsonSettings {
    if (!root.isObject()) {
      throw new CheckpointException(source + " is not a JSON object");
    }
  }

  /**
   * The settings in a folder's file; empty if there is no such file.
   *
   * @throws CheckpointException if it is not JSON
   */
  public static Optional<JsonSettings> in(Path folder, String name) {
    String source = folder.resolve(name).toString();
    try {
      Optional<String> text = Checkpoints.settings(folder.resolve(name));
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(new JsonSettings(MAPPER.readTree(text.get()), source));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(source + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * The settings that a file of weights carries in an object of its own; empty if it has none.
   *
   * @param metadata values by dotted name, such as {@code config.activation_fn_kwargs.k}
   * @param object what that object is called
   */
  public static Optional<JsonSettings> in(
      Map<String, String> metadata, String object, String source) {
    ObjectNode root = MAPPER.createObjectNode();
    metadata.forEach(
        (name, value) -> {
          if (name.startsWith(object + ".")) {
            List<String> keys = List.of(name.substring(object.length() + 1).split("\\.", -1));
            ObjectNode place = root;
            for (String key : keys.subList(0, keys.size() - 1)) {
              place = place.get(key) instanceof ObjectNode there ? there : place.putObject(key);
            }
            place.set(keys.get(keys.size() - 1), value(value));
          }
        });
    return root.isEmpty() ? Optional.empty() : Optional.of(new JsonSettings(root, source));
  }

  /** A number or truth value as Python's pickle has it; any other text as it is. */
  private static JsonNode value(String text) {
    if (!text.matches("true|false|-?[0-9][0-9.eE+-]*")) {
      return MAPPER.getNodeFactory().textNode(text);
    }
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      return MAPPER.getNodeFactory().textNode(text);
    }
  }

  /** The settings in an object inside this one; empty ones if there is no such object. */
  public JsonSettings inside(String key) {
    JsonNode node = root.path(key);
    return new JsonSettings(node.isObject() ? node : MAPPER.createObjectNode(), source);
  }

  public boolean has(String key) {
    return root.hasNonNull(key);
  }

  /** Whether a key is there, with no value. */
  public boolean isNull(String key) {
    return root.path(key).isNull();
  }

  /** Fails if a key is true. */
  public void refuse(String key, String why) {
    if (flag(key, false)) {
      throw wrong(key, "false: " + why);
    }
  }

  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw wrong(key, root.get(key).toString(), "true or false");
    }
    return root.get(key).booleanValue();
  }

  public int integer(String key, Integer otherwise) {
    if (!has(key) && otherwise != null) {
      return otherwise;
    }
    JsonNode node = root.path(key);
    // 32.0 is a whole number too: Python writes what was a float so.
    if (!node.isNumber() || !node.canConvertToExactIntegral() || !node.canConvertToInt()) {
      throw wrong(key, node.isNumber() ? node.asText() : node.toString(), "a whole number");
    }
    return node.intValue();
  }

  public double number(String key) {
    JsonNode node = root.path(key);
    if (!node.isNumber()) {
      throw wrong(key, node.toString(), "a number");
    }
    if (!Double.isFinite(node.doubleValue())) {
      throw wrong(key, node.asText(), "a finite number");
    }
    return node.doubleValue();
  }

  public String text(String key, String otherwise) {
    if (!has(key) && otherwise != null) {
      return otherwise;
    }
    if (!root.path(key).isTextual()) {
      throw wrong(key, "a text");
    }
    return root.get(key).textValue();
  }

  /** Whole numbers within bounds, at least one. */
  public List<Integer> integers(String key, List<Integer> otherwise, int least, int most) {
    if (!has(key) && otherwise != null) {
      return otherwise;
    }
    List<Integer> values = new ArrayList<>();
    for (JsonNode node : root.path(key)) {
      boolean whole = node.isNumber() && node.canConvertToExactIntegral() && node.canConvertToInt();
      values.add(whole ? node.intValue() : least - 1);
    }
    boolean within = values.stream().allMatch(value -> value >= least && value <= most);
    if (!root.path(key).isArray() || values.isEmpty() || !within) {
      throw wrong(key, "whole numbers from %d to %d".formatted(least, most));
    }
    return values;
  }

  /** A whole number within bounds. */
  public int integer(String key, Integer otherwise, int least, int most) {
    int value = integer(key, otherwise);
    if (value < least || value > most) {
      throw wrong(key, "a whole number from %d to %d".formatted(least, most));
    }
    return value;
  }

  /** Words of a list, each of which is known. */
  public List<String> words(String key, List<String> otherwise, List<String> known) {
    if (!has(key) && otherwise != null) {
      return otherwise;
    }
    List<String> values = new ArrayList<>();
    root.path(key).forEach(node -> values.add(node.asText()));
    if (!root.path(key).isArray() || values.isEmpty() || !known.containsAll(values)) {
      throw wrong(key, "a list of " + String.join(", ", known));
    }
    return values;
  }

  /**
   * A word that is known.
   *
   * @param otherwise for a missing key
   */
  public String word(String key, String otherwise, List<String> known) {
    String word = text(key, otherwise);
    if (!known.contains(word)) {
      throw wrong(key, String.join(" or ", known));
    }
    return word;
  }

  public <E extends Enum<E>> E oneOf(String key, Class<E> values, String otherwise) {
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
  public CheckpointException wrong(String key, String expected) {
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
