package org.tiltlens.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The header of a safetensors file, checked as strictly as the reference implementation does.
 *
 * <p>Layout: u64 little-endian header length; that many bytes of JSON, {@code {"name": {"dtype",
 * "shape", "data_offsets": [begin, end]}, ..., "__metadata__": {text: text}}}; the data. The
 * tensors must fill the data without gaps or overlaps.
 *
 * @param tensors by name, in the header's order
 * @param offsets each tensor's first byte in the file
 * @param metadata the free text
 */
record SafetensorsHeader(
    Map<String, TensorInfo> tensors, Map<String, Long> offsets, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /** The reference implementation's limit. */
  private static final long MAX_LENGTH = 100_000_000;

  /** Some ten times what the largest networks have. */
  private static final int MAX_ENTRIES = 200_000;

  /** Streams JSON both ways; refuses duplicate keys. */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .enable(StreamWriteFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  SafetensorsHeader {
    tensors = Collections.unmodifiableMap(tensors);
    offsets = Collections.unmodifiableMap(offsets);
    metadata = Collections.unmodifiableMap(metadata);
  }

  private record Span(String name, long begin, long end) {}

  static SafetensorsHeader read(OpenFile file) {
    long length =
        file.size() < 8
            ? -1
            : ByteBuffer.wrap(file.bytes(0, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_LENGTH || length > file.size() - 8) {
      throw damaged("its header length is impossible");
    }
    byte[] header = file.bytes(8, (int) length);
    if (header[0] != '{') {
      throw damaged("its header does not start with '{'");
    }
    try (JsonParser json = JSON.createParser(header)) {
      Builder builder = new Builder(json);
      builder.root();
      return builder.finish(8 + length, file.size() - 8 - length);
    } catch (CheckpointException e) {
      throw damaged(e.getMessage());
    } catch (IOException | IllegalStateException e) {
      throw damaged("its header is not valid JSON: " + firstLine(e.getMessage()));
    }
  }

  private static String firstLine(String message) {
    String text = String.valueOf(message);
    String line = text.lines().findFirst().orElse("");
    return line.length() > 200 ? line.substring(0, 200) + "..." : line;
  }

  private static CheckpointException damaged(String why) {
    return new CheckpointException("not a sound safetensors file: " + why);
  }

  /** Walks the JSON token by token, so that memory stays proportional to the header. */
  private static final class Builder {
    private final JsonParser json;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final List<Span> spans = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private int entries;

    Builder(JsonParser json) {
      this.json = json;
    }

    void root() throws IOException {
      expect(json.nextToken(), JsonToken.START_OBJECT, "the header");
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        count();
        expect(json.nextToken(), JsonToken.START_OBJECT, "'" + name + "'");
        if (name.equals(METADATA)) {
          metadata();
        } else {
          tensor(name);
        }
      }
      if (json.nextToken() != null) {
        throw new CheckpointException("there is more behind the header's JSON");
      }
    }

    private void count() {
      if (++entries > MAX_ENTRIES) {
        throw new CheckpointException("its header has more than " + MAX_ENTRIES + " entries");
      }
    }

    private void metadata() throws IOException {
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        count();
        expect(json.nextToken(), JsonToken.VALUE_STRING, "metadata '" + key + "'");
        metadata.put(key, json.getText());
      }
    }

    private void tensor(String name) throws IOException {
      DType dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        switch (key) {
          case "dtype" -> dtype = dtype(name);
          case "shape" -> shape = numbers(name, Shapes.MAX_DIMENSIONS);
          case "data_offsets" -> offsets = numbers(name, 2);
          default ->
              throw new CheckpointException("tensor '" + name + "' has an unknown '" + key + "'");
        }
      }
      if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
        throw new CheckpointException("tensor '" + name + "' lacks dtype, shape or data_offsets");
      }
      long begin = offsets.get(0);
      long end = offsets.get(1);
      long elements = Shapes.elements(name, shape);
      // What is never read is taken at its word: packed types count in ways of their own.
      long bytes = dtype.isRead() ? Math.multiplyExact(elements, dtype.bytes()) : end - begin;
      if (begin < 0 || end < begin || end - begin != bytes) {
        throw new CheckpointException(
            "tensor '%s' of %s%s needs %d bytes but has data_offsets [%d, %d]"
                .formatted(name, dtype, shape, bytes, begin, end));
      }
      tensors.put(name, new TensorInfo(name, dtype, shape));
      spans.add(new Span(name, begin, end));
    }

    private DType dtype(String name) throws IOException {
      expect(json.nextToken(), JsonToken.VALUE_STRING, "the dtype of '" + name + "'");
      String text = json.getText();
      for (DType dtype : DType.values()) {
        if (dtype.name().equals(text)) {
          return dtype;
        }
      }
      return DType.UNKNOWN;
    }

    private List<Long> numbers(String name, int atMost) throws IOException {
      expect(json.nextToken(), JsonToken.START_ARRAY, "shape and data_offsets of '" + name + "'");
      List<Long> numbers = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, "a number of '" + name + "'");
        if (numbers.size() == atMost) {
          throw new CheckpointException(
              "tensor '" + name + "' lists more than " + atMost + " numbers");
        }
        numbers.add(json.getLongValue());
      }
      return numbers;
    }

    private static void expect(JsonToken actual, JsonToken expected, String what) {
      if (actual != expected) {
        throw new CheckpointException(
            "%s should be a %s"
                .formatted(what, expected.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
      }
    }

    SafetensorsHeader finish(long dataStart, long dataSize) {
      spans.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
      Map<String, Long> offsets = new LinkedHashMap<>();
      long filled = 0;
      for (Span span : spans) {
        if (span.begin() != filled) {
          throw new CheckpointException(
              "tensor '%s' starts at %d, not where the one before it ends (%d)"
                  .formatted(span.name(), span.begin(), filled));
        }
        filled = span.end();
        offsets.put(span.name(), dataStart + span.begin());
      }
      if (filled != dataSize) {
        throw new CheckpointException(
            "its tensors fill %d bytes but it holds %d".formatted(filled, dataSize));
      }
      return new SafetensorsHeader(tensors, offsets, metadata);
    }
  }
}
