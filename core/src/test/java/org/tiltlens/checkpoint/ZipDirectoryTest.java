package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.checkpoint.CheckpointBytes.latin;
import static org.tiltlens.checkpoint.CheckpointBytes.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZipDirectoryTest {
  private static final byte[] EMPTY_DICT = latin("\u0080\u0002}.");

  @TempDir Path folder;

  /** Offsets in the end record (22 bytes) and in the first directory entry. */
  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of("directory offset", (Lie) (zip, end, first) -> zip.putInt(end + 16, 1)),
        Arguments.of("directory size", (Lie) (zip, end, first) -> zip.putInt(end + 12, -2)),
        Arguments.of("count", (Lie) (zip, end, first) -> zip.putShort(end + 10, (short) 9)),
        Arguments.of("comment", (Lie) (zip, end, first) -> zip.putShort(end + 20, (short) 1)),
        Arguments.of("method", (Lie) (zip, end, first) -> zip.putShort(first + 10, (short) 99)),
        Arguments.of("encrypted", (Lie) (zip, end, first) -> zip.putShort(first + 8, (short) 1)),
        Arguments.of("two sizes", (Lie) (zip, end, first) -> zip.putInt(first + 24, 99)),
        Arguments.of(
            "beyond the file",
            (Lie) (zip, end, first) -> zip.putInt(first + 24, 9999).putInt(first + 20, 9999)),
        Arguments.of("header place", (Lie) (zip, end, first) -> zip.putInt(first + 42, 1)),
        Arguments.of("far header", (Lie) (zip, end, first) -> zip.putInt(first + 42, -2)),
        Arguments.of("name", (Lie) (zip, end, first) -> zip.put(first + 46, (byte) 'z')),
        Arguments.of(
            "name length", (Lie) (zip, end, first) -> zip.putShort(first + 28, (short) 999)),
        Arguments.of("local method", (Lie) (zip, end, first) -> zip.putShort(8, (short) 8)),
        Arguments.of("local extra", (Lie) (zip, end, first) -> zip.putShort(28, (short) -1)));
  }

  /** Changes the bytes of a zip file whose end record and first directory entry are there. */
  interface Lie {
    void tell(ByteBuffer zip, int end, int first);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("lies")
  void refusesDirectoriesThatLie(String what, Lie lie) {
    byte[] bytes = CheckpointBytes.zip(EMPTY_DICT, new byte[8]);
    CheckpointBytes.open(folder, bytes).close();
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int end = bytes.length - 22;
    lie.tell(zip, end, zip.getInt(end + 16));
    refuses(bytes, "not a sound zip file");
  }

  /** PyTorch always writes the zip64 records; they come before the end record. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4, 32, 40, 48, 56, 64})
  void refusesZip64RecordsThatLie(int offset) {
    byte[] bytes = CheckpointBytes.fromPython("zip");
    CheckpointBytes.open(folder, bytes).close();
    int record = bytes.length - 22 - 20 - 56;
    bytes[record + offset + 7] ^= 0x40;
    bytes[record + offset] ^= 1;
    refuses(bytes, "not a sound zip file");
  }

  @Test
  void refusesDuplicateNames() {
    byte[] bytes =
        zip(
            zip -> {
              write(zip, "archive/data.pkl", EMPTY_DICT);
              write(zip, "archive/dat_.pkl", EMPTY_DICT);
            });
    // Java's writer refuses duplicates as well, so the second gets its name afterwards.
    String twice = new String(bytes, StandardCharsets.ISO_8859_1).replace("dat_.pkl", "data.pkl");
    refuses(latin(twice), "'archive/data.pkl' twice");
  }

  @Test
  void refusesTorchScript() {
    byte[] script =
        zip(
            zip -> {
              write(zip, "m/data.pkl", EMPTY_DICT);
              write(zip, "m/constants.pkl", EMPTY_DICT);
            });
    refuses(script, "TorchScript");
  }

  @Test
  void refusesBigEndianFilesAndStrangers() {
    byte[] big =
        zip(
            zip -> {
              write(zip, "m/data.pkl", EMPTY_DICT);
              write(zip, "m/byteorder", latin("big"));
            });
    refuses(big, "byte order is 'big'");
    refuses(zip(zip -> write(zip, "word/document.xml", new byte[3])), "0 data.pkl");
  }

  /** A deflated entry that claims more than deflate can pack, and one that holds less. */
  @Test
  void refusesZipBombs() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("m/data.pkl"));
      zip.write(EMPTY_DICT);
      zip.closeEntry();
    }
    byte[] bytes = out.toByteArray();
    CheckpointBytes.open(folder, bytes).close();
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int first = zip.getInt(bytes.length - 22 + 16);
    zip.putInt(first + 24, 2_000_000_000);
    refuses(bytes, "claims to unpack to 2000000000");
    zip.putInt(first + 24, 5);
    refuses(bytes, "less than it claims");
  }

  private void refuses(byte[] bytes, String reason) {
    assertThatThrownBy(() -> CheckpointBytes.open(folder, bytes).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(reason);
  }

  private static byte[] zip(Consumer<ZipOutputStream> content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      content.accept(zip);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void write(ZipOutputStream zip, String name, byte[] bytes) {
    try {
      store(zip, name, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
