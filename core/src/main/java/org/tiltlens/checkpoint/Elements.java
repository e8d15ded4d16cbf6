package org.tiltlens.checkpoint;

import static org.tiltlens.torch.Tensors.bytes;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Turns stored elements into tensors: float32, float64 (for F64 alone) or int64. */
final class Elements {
  private static final float[] E4M3 = table(4, 3);
  private static final float[] E5M2 = table(5, 2);

  private Elements() {}

  /** Reads {@code count} elements that start at byte {@code from}, as a flat tensor. */
  static Tensor read(Region region, DType dtype, long from, long count) {
    Tensor flat = empty(dtype, count);
    if (count > 0) {
      region.read(from, Math.multiplyExact(count, dtype.bytes()), new Filler(flat, dtype));
    }
    return flat;
  }

  /** An uninitialised tensor of the type that {@code dtype} is read as. */
  static Tensor empty(DType dtype, long... shape) {
    return switch (dtype) {
      case F64 -> Tensors.emptyDoubles(shape);
      case F8_E4M3, F8_E5M2, F16, BF16, F32 -> Tensors.emptyFloats(shape);
      default -> Tensors.emptyLongs(shape);
    };
  }

  /** Decodes piece after piece into consecutive parts of a flat tensor. */
  private static final class Filler implements Consumer<ByteBuffer> {
    private final Tensor flat;
    private final DType dtype;
    private long filled;

    Filler(Tensor flat, DType dtype) {
      this.flat = flat;
      this.dtype = dtype;
    }

    @Override
    public void accept(ByteBuffer piece) {
      int count = piece.remaining() / dtype.bytes();
      try (Scope scope = Scope.open()) {
        decode(dtype, piece, bytes(flat.narrow(0, filled, count)));
      }
      filled += count;
    }
  }

  private static void decode(DType dtype, ByteBuffer in, ByteBuffer out) {
    switch (dtype) {
      case F32, F64, I64 -> out.put(in);
      case F16 -> {
        while (in.hasRemaining()) {
          out.putFloat(half(in.getShort()));
        }
      }
      case BF16 -> {
        while (in.hasRemaining()) {
          out.putInt(in.getShort() << 16);
        }
      }
      case F8_E4M3 -> {
        while (in.hasRemaining()) {
          out.putFloat(E4M3[in.get() & 0xff]);
        }
      }
      case F8_E5M2 -> {
        while (in.hasRemaining()) {
          out.putFloat(E5M2[in.get() & 0xff]);
        }
      }
      default -> {
        while (in.hasRemaining()) {
          out.putLong(integer(dtype, in));
        }
      }
    }
  }

  private static long integer(DType dtype, ByteBuffer in) {
    return switch (dtype) {
      case BOOL -> in.get() == 0 ? 0 : 1;
      case U8 -> in.get() & 0xff;
      case I8 -> in.get();
      case I16 -> in.getShort();
      case U16 -> in.getShort() & 0xffff;
      case I32 -> in.getInt();
      case U32 -> in.getInt() & 0xffffffffL;
      case U64 -> {
        long value = in.getLong();
        if (value < 0) {
          throw new CheckpointException(
              "the value " + Long.toUnsignedString(value) + " does not fit into int64");
        }
        yield value;
      }
      default -> throw new AssertionError(dtype);
    };
  }

  /** IEEE 754 binary16 to binary32, payloads of NaNs kept. */
  private static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }

  /**
   * All 256 values of an 8-bit float. E5M2 follows IEEE 754; E4M3 (the "fn" variant of safetensors
   * and PyTorch) has no infinities and one NaN per sign, all bits set.
   */
  private static float[] table(int exponentBits, int fractionBits) {
    float[] values = new float[256];
    int bias = (1 << (exponentBits - 1)) - 1;
    int top = (1 << exponentBits) - 1;
    int fractions = 1 << fractionBits;
    for (int bits = 0; bits < 256; bits++) {
      int exponent = (bits >> fractionBits) & top;
      int fraction = bits & (fractions - 1);
      double magnitude =
          exponent == 0
              ? Math.scalb((double) fraction, 1 - bias - fractionBits)
              : Math.scalb((double) (fractions + fraction), exponent - bias - fractionBits);
      if (exponent == top && fractionBits == 2) {
        magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
      } else if (exponent == top && fraction == fractions - 1) {
        magnitude = Double.NaN;
      }
      values[bits] = (float) (bits < 0x80 ? magnitude : -magnitude);
    }
    return values;
  }
}
