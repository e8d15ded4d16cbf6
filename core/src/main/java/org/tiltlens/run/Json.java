package org.tiltlens.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How studies write and read JSON: snake_case names, absent values left out, bounded and strict on
 * the way in.
 */
public final class Json {
  /** A {@code run.json} of thousands of images stays far below this. */
  private static final long MAX_BYTES = 64L << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS))
          // What a record computes comes after what it has, by name: classes tell their methods in
          // another order each time Java starts.
          .enable(
              MapperFeature.SORT_PROPERTIES_ALPHABETICALLY,
              MapperFeature.SORT_CREATOR_PROPERTIES_BY_DECLARATION_ORDER)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
          // Others may add keys of their own to a run.json; what we know of is checked by the
          // records.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // Feature 117.5 is not 117, nor is "117", and a text that goes on was cut or pasted
          // wrongly.
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    MAPPER
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(64)
                .maxDocumentLength(MAX_BYTES)
                .build());
  }

  private static final ObjectReader TOLERANT = MAPPER.reader();

  private static final ObjectReader EXACT = exact();

  private Json() {}

  private static ObjectReader exact() {
    JsonMapper mapper = MAPPER.copy();
    // Of files, others' may write a name as a number.
    mapper
        .coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
    return mapper
        .reader()
        .with(
            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
            DeserializationFeature.FAIL_ON_IGNORED_PROPERTIES,
            DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS);
  }

  /** The value as indented text. */
  public static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JacksonException e) {
      throw new IllegalStateException(
          "cannot write " + value.getClass().getSimpleName() + " as JSON", e);
    }
  }

  /** The value as one line, for files of many. */
  public static String line(Object value) {
    try {
      return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
    } catch (JacksonException e) {
      throw new IllegalStateException(
          "cannot write " + value.getClass().getSimpleName() + " as JSON", e);
    }
  }

  /**
   * Reads {@code file}, or the value of its top-level key {@code key} if that is not null.
   *
   * @throws IllegalArgumentException if the file is too large, no JSON, lacks the key, or does not
   *     fit the type
   * @throws IOException if the file cannot be read
   */
  public static <T> T read(Path file, String key, Class<T> type) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // A pipe would be waited for, and some devices have no end.
      throw new IllegalArgumentException(
          "'" + file + "' is a folder, pipe or device, expected a file of JSON");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          "'" + file + "' is larger than " + (MAX_BYTES >> 20) + " MB");
    }
    return parse("'" + file + "'", Files.readAllBytes(file), key, TOLERANT, type);
  }

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if it is no JSON or does not fit the type
   */
  public static <T> T parse(String json, Class<T> type) {
    return parse(json, TOLERANT, type);
  }

  /**
   * Reads what somebody asks for: a field that the type does not know is a slip, not another
   * release's.
   *
   * @throws UnknownFieldException if it has such a field
   * @throws IllegalArgumentException if it is no JSON or does not fit the type
   */
  public static <T> T parseExactly(String json, Class<T> type) {
    return parse(json, EXACT, type);
  }

  private static <T> T parse(String json, ObjectReader reader, Class<T> type) {
    try {
      return parse("the JSON", json.getBytes(StandardCharsets.UTF_8), null, reader, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T> T parse(
      String what, byte[] bytes, String key, ObjectReader reader, Class<T> type)
      throws IOException {
    JsonNode part = null;
    try {
      JsonNode node = MAPPER.readTree(bytes);
      part = key == null ? node : node.path(key);
      if (part.isMissingNode() || part.isNull()) {
        throw new IllegalArgumentException(
            key != null
                ? what + " has no '" + key + "'"
                : what + (part.isNull() ? " is null" : " is empty") + ", expected an object");
      }
      return reader.treeToValue(part, type);
    } catch (PropertyBindingException e) {
      throw Misfit.unknown(e);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(what + " cannot be read: " + reason(e, part), e);
    }
  }

  private static String reason(JacksonException failure, JsonNode read) {
    if (failure.getCause() instanceof IllegalArgumentException own) {
      return own.getMessage();
    }
    return failure instanceof JsonMappingException other && read != null
        ? Misfit.words(other, read)
        : failure.getOriginalMessage();
  }
}
