package org.tiltlens.checkpoint;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Writes safetensors files. A file appears under its name only when it is complete: it is written
 * beside it first and then moved.
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /**
   * Writes tensors that are in memory: float64 as F64, other floating-point types as F32, the rest
   * as I64.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<TensorInfo> entries =
        tensors.entrySet().stream().map(entry -> info(entry.getKey(), entry.getValue())).toList();
    write(file, entries, metadata, tensors::get);
  }

  /**
   * Writes tensors that are made one at a time, in no promised order.
   *
   * @param entries what will be written; dtypes F64, F32, F16, BF16 (rounded to nearest even) or
   *     I64
   * @param tensor makes the tensor of a name; it may belong to the innermost open {@code Scope},
   *     which frees it as soon as it is written
   * @throws IllegalArgumentException if a dtype cannot be written, a name comes twice, or a tensor
   *     has another shape than declared
   * @throws UncheckedIOException if the file cannot be written
   */
  public static void write(
      Path file,
      List<TensorInfo> entries,
      Map<String, String> metadata,
      Function<String, Tensor> tensor) {
    // Wide elements first keeps every tensor aligned, as the format asks of writers.
    List<TensorInfo> ordered =
        entries.stream()
            .sorted(Comparator.comparingInt((TensorInfo info) -> -info.dtype().bytes()))
            .toList();
    byte[] header = header(ordered, metadata);
    Path target = file.toAbsolutePath();
    Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      try {
        writeAll(temporary, header, ordered, tensor);
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static TensorInfo info(String name, Tensor tensor) {
    DType dtype =
        !tensor.is_floating_point()
            ? DType.I64
            : tensor.element_size() == Double.BYTES ? DType.F64 : DType.F32;
    return new TensorInfo(name, dtype, Shapes.list(Tensors.shape(tensor)));
  }

  private static void writeAll(
      Path file, byte[] header, List<TensorInfo> entries, Function<String, Tensor> tensors)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ElementWriter.writeFully(channel, ByteBuffer.wrap(header));
      ElementWriter elements = new ElementWriter(channel);
      for (TensorInfo entry : entries) {
        try (Scope scope = Scope.open()) {
          Tensor tensor = tensors.apply(entry.name());
          List<Long> shape = Shapes.list(Tensors.shape(tensor));
          if (!shape.equals(entry.shape())) {
            throw new IllegalArgumentException(
                "tensor '%s' is %s, declared as %s".formatted(entry.name(), shape, entry.shape()));
          }
          elements.write(tensor, entry.dtype());
        }
      }
      channel.force(true);
    }
  }

  /** The header with its length before it, padded so that the data start at a multiple of 8. */
  private static byte[] header(List<TensorInfo> entries, Map<String, String> metadata) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (JsonGenerator json = SafetensorsHeader.JSON.createGenerator(text)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (TensorInfo entry : entries) {
        offset = writeEntry(json, entry, offset);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot describe the tensors: " + e.getMessage(), e);
    }
    text.writeBytes(" ".repeat(-text.size() & 7).getBytes(StandardCharsets.US_ASCII));
    return ByteBuffer.allocate(8 + text.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.size())
        .put(text.toByteArray())
        .array();
  }

  private static long writeEntry(JsonGenerator json, TensorInfo entry, long offset)
      throws IOException {
    if (!ElementWriter.supports(entry.dtype()) || entry.name().equals(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException(
          "tensor '%s' of type %s cannot be written: use F64, F32, F16, BF16 or I64"
              .formatted(entry.name(), entry.dtype()));
    }
    long end = offset + Shapes.elements(entry.name(), entry.shape()) * entry.dtype().bytes();
    json.writeObjectFieldStart(entry.name());
    json.writeStringField("dtype", entry.dtype().name());
    json.writeFieldName("shape");
    json.writeArray(Shapes.array(entry.shape()), 0, entry.shape().size());
    json.writeFieldName("data_offsets");
    json.writeArray(new long[] {offset, end}, 0, 2);
    json.writeEndObject();
    return end;
  }
}
