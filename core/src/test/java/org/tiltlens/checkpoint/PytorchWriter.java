package org.tiltlens.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Writes float32 state dicts as {@code torch.save} does, one tensor in memory at a time. */
public final class PytorchWriter {
  private static final int PIECE = 1 << 18;

  private PytorchWriter() {}

  /**
   * @param shapes the tensors' names and shapes, in the order of the state dict
   * @param tensor makes a tensor by name; asked once per name
   */
  public static void write(
      Path file, Map<String, List<Long>> shapes, Function<String, Tensor> tensor)
      throws IOException {
    write(file, shapes, tensor, "");
  }

  /**
   * @param beside what is pickled beside the tensors: names and values in turn, one character a
   *     byte
   */
  public static void write(
      Path file, Map<String, List<Long>> shapes, Function<String, Tensor> tensor, String beside)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "archive/data.pkl", pickle(shapes, beside));
      store(zip, "archive/byteorder", ascii("little"));
      int key = 0;
      for (String name : shapes.keySet()) {
        try (Scope scope = Scope.open()) {
          store(zip, "archive/data/" + key++, tensor.apply(name).contiguous().view(-1));
        }
      }
      store(zip, "archive/version", ascii("3\n"));
    }
  }

  private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    begin(zip, name, bytes.length, crc);
    zip.write(bytes);
    zip.closeEntry();
  }

  private static void store(ZipOutputStream zip, String name, Tensor flat) throws IOException {
    CRC32 crc = new CRC32();
    pieces(flat, crc::update);
    begin(zip, name, flat.numel() * Float.BYTES, crc);
    byte[] copy = new byte[PIECE * Float.BYTES];
    for (long done = 0; done < flat.numel(); done += PIECE) {
      int length = (int) Math.min(PIECE, flat.numel() - done) * Float.BYTES;
      try (Scope scope = Scope.open()) {
        Tensors.bytes(flat.narrow(0, done, length / Float.BYTES)).get(copy, 0, length);
      }
      zip.write(copy, 0, length);
    }
    zip.closeEntry();
  }

  private static void pieces(Tensor flat, Consumer<ByteBuffer> sink) {
    for (long done = 0; done < flat.numel(); done += PIECE) {
      try (Scope scope = Scope.open()) {
        sink.accept(Tensors.bytes(flat.narrow(0, done, Math.min(PIECE, flat.numel() - done))));
      }
    }
  }

  private static void begin(ZipOutputStream zip, String name, long size, CRC32 crc)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    entry.setSize(size);
    entry.setCompressedSize(size);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
  }

  /** {@code {name: _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), ...}}. */
  private static byte[] pickle(Map<String, List<Long>> shapes, String beside) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
    int key = 0;
    for (Map.Entry<String, List<Long>> entry : shapes.entrySet()) {
      long elements = entry.getValue().stream().reduce(1L, (a, b) -> a * b);
      text(out, entry.getKey());
      out.writeBytes(ascii("ctorch._utils\n_rebuild_tensor_v2\n(("));
      text(out, "storage");
      out.writeBytes(ascii("ctorch\nFloatStorage\n"));
      text(out, Integer.toString(key++));
      text(out, "cpu");
      integer(out, elements);
      out.writeBytes(ascii("tQ"));
      integer(out, 0);
      tuple(out, entry.getValue());
      tuple(out, strides(entry.getValue()));
      out.write(0x89);
      out.writeBytes(ascii("ccollections\nOrderedDict\n)RtR"));
    }
    out.writeBytes(beside.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(ascii("u."));
    return out.toByteArray();
  }

  private static List<Long> strides(List<Long> shape) {
    Long[] strides = new Long[shape.size()];
    long step = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= shape.get(i);
    }
    return List.of(strides);
  }

  private static void tuple(ByteArrayOutputStream out, List<Long> numbers) {
    out.write('(');
    numbers.forEach(number -> integer(out, number));
    out.write('t');
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write('X');
    out.writeBytes(little(4).putInt(bytes.length).array());
    out.writeBytes(bytes);
  }

  /** LONG1 with eight bytes. */
  private static void integer(ByteArrayOutputStream out, long value) {
    out.write(0x8a);
    out.write(8);
    out.writeBytes(little(8).putLong(value).array());
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
