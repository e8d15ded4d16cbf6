package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class NpzTest {
  private static final String HEADER = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n";

  @TempDir Path folder;

  static byte[] npy(int version, String text, byte[] elements) {
    byte[] header = text.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer bytes =
        ByteBuffer.allocate(16 + header.length + elements.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      bytes.putShort((short) header.length);
    } else {
      bytes.putInt(header.length);
    }
    bytes.put(header).put(elements).flip();
    byte[] file = new byte[bytes.remaining()];
    bytes.get(file);
    return file;
  }

  private static byte[] floats(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putFloat((float) value);
    }
    return bytes.array();
  }

  private static byte[] npz(boolean packed, byte[] array) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      if (packed) {
        zip.putNextEntry(new ZipEntry("w.npy"));
        zip.write(array);
        zip.closeEntry();
      } else {
        CheckpointBytes.store(zip, "w.npy", array);
      }
    }
    return bytes.toByteArray();
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("arrays"), bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "1, False, false",
    "1, True, false",
    "2, False, true",
    "3, True, true",
  })
  void readsWholeArraysAndRowsInEitherOrder(int version, String fortran, boolean packed)
      throws IOException {
    boolean byColumns = fortran.equals("True");
    byte[] elements = byColumns ? floats(1, 3, 5, 2, 4, 6) : floats(1, 2, 3, 4, 5, 6);
    byte[] array = npy(version, HEADER.formatted("<f4", fortran, "(3, 2)"), elements);
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(write(npz(packed, array)))) {
      assertThat(store.entries().get("w"))
          .isEqualTo(new TensorInfo("w", DType.F32, List.of(3L, 2L)));
      assertThat(Tensors.toFloats(store.load("w"))).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(Tensors.toFloats(store.loadRows("w", 1, 2))).containsExactly(3, 4, 5, 6);
      assertThat(Tensors.shape(store.loadRows("w", 1, 2))).containsExactly(2, 2);
      assertThat(store.metadata()).containsEntry("format", "npz");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "<f2, 003c, 1",
    "<f8, 000000000000f03f, 1",
    "|b1, 02, 1",
    "|u1, ff, 255",
    "|i1, ff, -1",
    "<i2, feff, -2",
    "<u2, feff, 65534",
    "<u4, ffffffff, 4294967295",
    "<i4, 07000000, 7",
    "<i8, 0700000000000000, 7"
  })
  void readsScalarsOfEachType(String type, String hex, double value) throws IOException {
    byte[] element = HexFormat.of().parseHex(hex);
    byte[] array = npy(1, HEADER.formatted(type, "False", "()"), element);
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(write(npz(false, array)))) {
      assertThat(store.entries().get("w").shape()).isEmpty();
      assertThat(Tensors.toDoubles(store.load("w"))).containsExactly(value);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), } ; that NumPy does not write",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), } ; that NumPy does not write",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2), } ; that NumPy does not write",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, ), } ; that NumPy does not write",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } ; has 8 bytes, but its header"
            + " F32 [3] asks for 12",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } ; has 8 bytes, but its header"
            + " F32 [1] asks for 4",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999, 9999), } ; is too"
            + " large",
      })
  void refusesHeadersItDoesNotKnow(String text, String message) throws IOException {
    Path file = write(npz(false, npy(1, text + "\n", floats(1, 2))));
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("'w'")
        .hasMessageContaining(message);
  }

  @Test
  void refusesHeadersThatAreNone() throws IOException {
    String sound = HEADER.formatted("<f4", "False", "(2,)");
    byte[] versionNine = npy(9, sound, floats(1, 2));
    byte[] longText = npy(2, sound + " ".repeat(10_000), floats(1, 2));
    byte[] cut = {(byte) 0x93, 'N', 'U'};
    byte[] lie = npy(2, sound, floats(1, 2));
    ByteBuffer.wrap(lie).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -5);
    assertRefused(versionNine, "is no .npy file of version 1.0 to 3.0");
    assertRefused(longText, "bytes, at most 10000 are read");
    assertRefused(cut, "is cut short");
    assertRefused(lie, "has a header of 4294967291 bytes");
  }

  private void assertRefused(byte[] array, String message) throws IOException {
    Path file = write(npz(true, array));
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  /** As texts that say what the numbers are, or results beside them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "'>f4'; >f4",
        "'<U1'; <U1",
        "'|O'; |O",
        "'<M8[ns]'; <M8[ns]",
        "[('a', '<f4'), ('b', '<U3', (2,))]; records"
      })
  void arraysOfOtherTypesAreRefusedOnlyWhereTheyAreNeeded(String descr, String type)
      throws IOException {
    byte[] other =
        npy(
            1,
            "{'descr': %s, 'fortran_order': False, 'shape': (2,), }\n".formatted(descr),
            floats(1));
    byte[] numbers = npy(1, HEADER.formatted("<f4", "False", "(1,)"), floats(3));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      CheckpointBytes.store(zip, "other.npy", other);
      CheckpointBytes.store(zip, "numbers.npy", numbers);
    }
    try (Scope scope = Scope.open();
        TensorStore store = Checkpoints.open(write(bytes.toByteArray()))) {
      assertThat(store.entries()).containsOnlyKeys("numbers");
      assertThat(Tensors.toFloats(store.load("numbers"))).containsExactly(3);
      String message =
          "'other'; it is an array of type '"
              + type
              + "', expected one of [<f2, <f4, <f8, <i2, <i4, <i8, <u2, <u4, <u8, |b1, |i1, |u1]:"
              + " save it with .astype('<f4')";
      assertThatThrownBy(() -> store.load("other")).hasMessageEndingWith(message);
      assertThatThrownBy(() -> Checkpoints.prefixOf(store, "other"))
          .hasMessageContaining("'other', with or without a prefix; it is an array of type");
    }
  }

  /** Beside a checkpoint, arrays are what somebody computed with it. */
  @Test
  void inAFolderACheckpointComesFirst() throws IOException {
    byte[] array = npy(1, HEADER.formatted("<f4", "False", "(1,)"), floats(1));
    Path arrays = Files.write(folder.resolve("params.npz"), npz(false, array));
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.source()).isEqualTo(arrays.toString());
    }
    Path other = folder.resolve("sae.safetensors");
    Files.write(other, CheckpointBytes.safetensors("{}", 0));
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.source()).isEqualTo(other.toString());
    }
  }
}
