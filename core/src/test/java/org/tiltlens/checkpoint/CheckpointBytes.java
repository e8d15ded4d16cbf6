package org.tiltlens.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Checkpoint files made by hand, sound and unsound. */
final class CheckpointBytes {
  private CheckpointBytes() {}

  /** A safetensors file: the header's length, the header, {@code dataBytes} zeros. */
  static byte[] safetensors(String header, int dataBytes) {
    return safetensors(header, new byte[dataBytes]);
  }

  static byte[] safetensors(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .put(data)
        .array();
  }

  /** A zip file as {@code torch.save} writes it, with one storage "0". */
  static byte[] zip(byte[] pickle, byte[] storage) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "archive/data.pkl", pickle);
      store(zip, "archive/data/0", storage);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  /** Bytes spelled as characters 0..255. */
  static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A file that Python's PyTorch wrote; a seed of the fuzz test as well. */
  static byte[] fromPython(String name) {
    String resource = "PytorchFuzzTestInputs/opensOrRefuses/" + name;
    try (InputStream in = CheckpointBytes.class.getResourceAsStream(resource)) {
      return Objects.requireNonNull(in, resource).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static TensorStore open(Path folder, byte[] bytes) {
    try {
      return Checkpoints.open(Files.write(folder.resolve("checkpoint"), bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
