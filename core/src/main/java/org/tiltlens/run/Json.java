package org.tiltlens.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
          // Feature 117.5 is not 117, and a text that goes on was cut or pasted wrongly.
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
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

  private Json() {}

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
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          "'" + file + "' is larger than " + (MAX_BYTES >> 20) + " MB");
    }
    return parse("'" + file + "'", Files.readAllBytes(file), key, type);
  }

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if it is no JSON or does not fit the type
   */
  public static <T> T parse(String json, Class<T> type) {
    try {
      return parse("the JSON", json.getBytes(StandardCharsets.UTF_8), null, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of a value that is one of several kinds: which key, and which kinds there are. */
  private static String unknown(InvalidTypeIdException failure) {
    String key =
        failure.getPath().stream()
            .map(JsonMappingException.Reference::getFieldName)
            .filter(Objects::nonNull)
            .collect(Collectors.joining("."));
    JsonSubTypes kinds = failure.getBaseType().getRawClass().getAnnotation(JsonSubTypes.class);
    String expected =
        kinds == null
            ? ""
            : Stream.of(kinds.value())
                .map(JsonSubTypes.Type::name)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.joining(", "));
    return "'%s' is %s%s"
        .formatted(
            key,
            failure.getTypeId() == null
                ? "of no kind"
                : "of the unknown kind '" + failure.getTypeId() + "'",
            expected.isEmpty() ? "" : ": expected {\"kind\": ...}, one of " + expected);
  }

  private static <T> T parse(String what, byte[] bytes, String key, Class<T> type)
      throws IOException {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      JsonNode part = key == null ? node : node.path(key);
      if (part.isMissingNode() || part.isNull()) {
        throw new IllegalArgumentException(what + " has no '" + key + "'");
      }
      return MAPPER.treeToValue(part, type);
    } catch (JacksonException e) {
      Throwable cause = e.getCause() instanceof IllegalArgumentException own ? own : e;
      String reason =
          cause instanceof InvalidTypeIdException kind
              ? unknown(kind)
              : cause instanceof JacksonException json
                  ? json.getOriginalMessage()
                  : cause.getMessage();
      throw new IllegalArgumentException(what + " cannot be read: " + reason, e);
    }
  }
}
