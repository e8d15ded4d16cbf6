package org.tiltlens.vision;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * What the file of a network of others does not tell: a small JSON file beside it does, {@code
 * NAME.json} beside {@code NAME.pt}.
 *
 * <pre>
 *   { "size": 224, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "prefix_tokens": 5, "cls": true }
 * </pre>
 *
 * <p>Every key may be left out, and any may be given or replaced by an option {@code K=V}, with
 * lists without brackets: {@code mean=0.5,0.5,0.5}. {@code preset}, a word of {@link ImagePreset},
 * stands for a {@code mean} and a {@code std}.
 *
 * @param images what it expects of its images: {@code channels}, {@code range}, {@code mean},
 *     {@code std} and {@code size}
 * @param tokens what the tokens are that it returns, if it returns tokens: {@code prefix_tokens},
 *     {@code cls} and {@code map}
 */
public record NetworkSettings(Preprocessing images, TokenLayout tokens) {
  private static final int MAX_BYTES = 1 << 20;
  private static final String PRESET = "preset";
  private static final List<String> LISTS = List.of("range", "mean", "std", "map");
  private static final List<String> KEYS =
      List.of("channels", "range", "preset", "mean", "std", "size", "prefix_tokens", "cls", "map");
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Where the settings of a network are, if there are any. */
  public static Path beside(Path network) {
    String name = network.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return network.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".json");
  }

  /**
   * Reads a network's settings.
   *
   * @param options key -> value; they win over the file
   * @return the defaults where there is neither
   * @throws CheckpointException if the file cannot be read, or there are unknown keys or unusable
   *     values; one line
   */
  static NetworkSettings of(Path network, Map<String, String> options) {
    Path file = beside(network);
    String source = options.isEmpty() ? file.toString() : file + " and the options " + options;
    try {
      ObjectNode root = Files.exists(file) ? read(file) : MAPPER.createObjectNode();
      if (options.containsKey(PRESET)) {
        root.remove(List.of("mean", "std"));
      }
      options.forEach((key, value) -> root.set(key, node(key, value)));
      requireKnown(root);
      expandPreset(root);
      JsonSettings settings = new JsonSettings(root);
      return new NetworkSettings(Preprocessing.of(settings), TokenLayout.of(settings));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new CheckpointException(source + ": " + e.getMessage(), e);
    }
  }

  /** Puts the means and deviations of a preset where none are said, in the planes' order. */
  private static void expandPreset(ObjectNode root) {
    JsonNode word = root.remove(PRESET);
    if (word != null) {
      Preprocessing preset = ImagePreset.of(word.asText()).images();
      boolean reversed = new JsonSettings(root).says("channels", "bgr");
      for (String key : List.of("mean", "std")) {
        List<Double> numbers = new ArrayList<>(key.equals("mean") ? preset.mean() : preset.std());
        if (reversed) {
          Collections.reverse(numbers);
        }
        if (!root.has(key)) {
          root.set(key, MAPPER.valueToTree(numbers));
        }
      }
    }
  }

  private static ObjectNode read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException("larger than " + MAX_BYTES + " bytes");
    }
    if (MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode root) {
      return root;
    }
    throw new IllegalArgumentException("not a JSON object");
  }

  /** An option's value as the file would have it; what is no JSON is a word. */
  private static JsonNode node(String key, String value) {
    try {
      JsonNode node = MAPPER.readTree(LISTS.contains(key) ? "[" + value + "]" : value);
      return node.isMissingNode() ? TextNode.valueOf(value) : node;
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(value);
    }
  }

  private static void requireKnown(ObjectNode root) {
    for (Iterator<String> keys = root.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException("unknown key '" + key + "', expected some of " + KEYS);
      }
    }
  }
}
