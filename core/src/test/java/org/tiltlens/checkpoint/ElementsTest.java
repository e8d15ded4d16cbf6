package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ElementsTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  @TempDir Path folder;

  /** Bit patterns and what the formats' standards say they are. */
  static Stream<Arguments> floats() {
    return Stream.of(
        Arguments.of(
            DType.F16,
            new long[] {
              0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x7c00,
              0xfc00, 0x7e00, 0xfe01
            },
            new float[] {
              0,
              -0f,
              0x1p-24f,
              -0x3ffp-24f,
              0x1p-14f,
              1,
              -2,
              0x1.554p-2f,
              65504,
              INF,
              -INF,
              NAN,
              NAN
            }),
        Arguments.of(
            DType.BF16,
            new long[] {
              0x0000, 0x8000, 0x0001, 0x0080, 0x3f80, 0xc049, 0x7f7f, 0x7f80, 0xff80, 0x7fc0
            },
            new float[] {0, -0f, 0x1p-133f, 0x1p-126f, 1, -3.140625f, 0x1.fep127f, INF, -INF, NAN}),
        Arguments.of(
            DType.F8_E4M3,
            new long[] {0x00, 0x80, 0x01, 0x07, 0x08, 0x38, 0xb9, 0x78, 0x7e, 0xfe, 0x7f, 0xff},
            new float[] {0, -0f, 0x1p-9f, 0x7p-9f, 0x1p-6f, 1, -1.125f, 256, 448, -448, NAN, NAN}),
        Arguments.of(
            DType.F8_E5M2,
            new long[] {0x00, 0x80, 0x01, 0x03, 0x04, 0x3c, 0xbd, 0x7b, 0x7c, 0xfc, 0x7d, 0xff},
            new float[] {
              0, -0f, 0x1p-16f, 0x3p-16f, 0x1p-14f, 1, -1.25f, 57344, INF, -INF, NAN, NAN
            }),
        Arguments.of(
            DType.F32,
            new long[] {0x80000000L, 0x00000001, 0x3f800000, 0x7f800000, 0x7fc00000},
            new float[] {-0f, 0x1p-149f, 1, INF, NAN}));
  }

  @ParameterizedTest
  @MethodSource("floats")
  void readsFloatsAsFloat32(DType dtype, long[] patterns, float[] expected) {
    try (TensorStore store = stored(dtype, patterns);
        Scope scope = Scope.open()) {
      Tensor tensor = store.load("x");
      assertThat(tensor.element_size()).isEqualTo(4);
      assertThat(Tensors.toFloats(tensor)).isEqualTo(expected);
    }
  }

  static Stream<Arguments> integers() {
    return Stream.of(
        Arguments.of(DType.BOOL, new long[] {0, 1, 2}, new long[] {0, 1, 1}),
        Arguments.of(DType.U8, new long[] {0, 0x7f, 0xff}, new long[] {0, 127, 255}),
        Arguments.of(DType.I8, new long[] {0x7f, 0x80, 0xff}, new long[] {127, -128, -1}),
        Arguments.of(DType.I16, new long[] {0x7fff, 0x8000}, new long[] {32767, -32768}),
        Arguments.of(DType.U16, new long[] {0x7fff, 0xffff}, new long[] {32767, 65535}),
        Arguments.of(DType.I32, new long[] {0x80000000L, 5}, new long[] {Integer.MIN_VALUE, 5}),
        Arguments.of(DType.U32, new long[] {0xffffffffL}, new long[] {4294967295L}),
        Arguments.of(DType.I64, new long[] {-1, 1L << 62}, new long[] {-1, 1L << 62}),
        Arguments.of(DType.U64, new long[] {Long.MAX_VALUE}, new long[] {Long.MAX_VALUE}));
  }

  @ParameterizedTest
  @MethodSource("integers")
  void readsIntegersAndBooleansAsInt64(DType dtype, long[] patterns, long[] expected) {
    try (TensorStore store = stored(dtype, patterns);
        Scope scope = Scope.open()) {
      Tensor tensor = store.load("x");
      assertThat(tensor.is_floating_point()).isFalse();
      assertThat(tensor.element_size()).isEqualTo(8);
      assertThat(Tensors.toLongs(tensor)).isEqualTo(expected);
    }
  }

  @Test
  void keepsFloat64() {
    try (TensorStore store = stored(DType.F64, new long[] {1, Double.doubleToLongBits(1.0 / 3)});
        Scope scope = Scope.open()) {
      assertThat(store.load("x").element_size()).isEqualTo(8);
      assertThat(Tensors.toDoubles(store.load("x"))).containsExactly(Double.MIN_VALUE, 1.0 / 3);
    }
  }

  @Test
  void refusesUnsignedNumbersBeyondInt64() {
    try (TensorStore store = stored(DType.U64, new long[] {-1});
        Scope scope = Scope.open()) {
      assertThatThrownBy(() -> store.load("x"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("18446744073709551615");
    }
  }

  /** Values and the nearest (ties: even) stored pattern; NaNs and overflow included. */
  @Test
  void writesShortFloatsRoundedToNearestEven() {
    float[] values = {
      1,
      -0f,
      0x1.002p0f,
      0x1.006p0f,
      65519.996f,
      65520,
      -INF,
      NAN,
      0x1p-25f,
      0x1.8p-24f,
      0x1.ffep-15f
    };
    assertThat(written(DType.F16, values))
        .containsExactly(
            0x3c00, 0x8000, 0x3c00, 0x3c02, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x0000, 0x0002, 0x0400);
    float[] wide = {1, 0x1.01p0f, 0x1.03p0f, Float.MAX_VALUE, -INF, NAN, Float.MIN_VALUE};
    assertThat(written(DType.BF16, wide))
        .containsExactly(0x3f80, 0x3f80, 0x3f82, 0x7f80, 0xff80, 0x7fc0, 0x0000);
    float signalling = Float.intBitsToFloat(0x7f800001);
    assertThat(written(DType.BF16, signalling)).containsExactly(0x7fc0);
  }

  @Test
  void everyHalfAndBfloatSurvivesARoundTrip() {
    for (DType dtype : List.of(DType.F16, DType.BF16)) {
      long[] patterns = new long[1 << 16];
      for (int i = 0; i < patterns.length; i++) {
        patterns[i] = i;
      }
      float[] values;
      try (TensorStore store = stored(dtype, patterns);
          Scope scope = Scope.open()) {
        values = Tensors.toFloats(store.load("x"));
      }
      int[] again = written(dtype, values);
      for (int i = 0; i < again.length; i++) {
        if (!Float.isNaN(values[i])) {
          assertThat(again[i]).isEqualTo(i);
        }
      }
    }
  }

  private int[] written(DType dtype, float... values) {
    Path file = folder.resolve("written.safetensors");
    TensorInfo info = new TensorInfo("x", dtype, List.of((long) values.length));
    SafetensorsWriter.write(
        file, List.of(info), Map.of(), name -> Tensors.floats(values, values.length));
    try (OpenFile opened = new OpenFile(file)) {
      int bytes = values.length * 2;
      ByteBuffer tail =
          ByteBuffer.wrap(opened.bytes(opened.size() - bytes, bytes))
              .order(ByteOrder.LITTLE_ENDIAN);
      int[] patterns = new int[values.length];
      for (int i = 0; i < patterns.length; i++) {
        patterns[i] = tail.getShort() & 0xffff;
      }
      return patterns;
    }
  }

  private TensorStore stored(DType dtype, long[] patterns) {
    ByteBuffer data = ByteBuffer.allocate(patterns.length * 8 + 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < patterns.length; i++) {
      data.putLong(i * dtype.bytes(), patterns[i]);
    }
    int bytes = patterns.length * dtype.bytes();
    String header =
        "{\"x\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(dtype, patterns.length, bytes);
    byte[] exact = new byte[bytes];
    data.get(0, exact);
    return CheckpointBytes.open(folder, CheckpointBytes.safetensors(header, exact));
  }
}
