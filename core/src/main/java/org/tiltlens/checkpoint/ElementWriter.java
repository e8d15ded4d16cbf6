package org.tiltlens.checkpoint;

import static org.tiltlens.torch.Tensors.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Writes tensors as stored elements, piece by piece; the inverse of {@link Elements}. */
final class ElementWriter {
  private static final int PIECE = 1 << 18;

  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(PIECE * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  ElementWriter(FileChannel channel) {
    this.channel = channel;
  }

  /** Whether {@link #write} knows how. */
  static boolean supports(DType dtype) {
    return switch (dtype) {
      case F64, F32, F16, BF16, I64 -> true;
      default -> false;
    };
  }

  /**
   * Appends all elements in row-major order, rounded to nearest even where {@code dtype} is short.
   */
  void write(Tensor tensor, DType dtype) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor flat = converted(Device.CPU.place(tensor.detach()), dtype).contiguous().view(-1);
      for (long done = 0; done < flat.numel(); done += PIECE) {
        try (Scope piece = Scope.open()) {
          buffer.clear();
          encode(bytes(flat.narrow(0, done, Math.min(PIECE, flat.numel() - done))), dtype, buffer);
          writeFully(channel, buffer.flip());
        }
      }
    }
  }

  static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static Tensor converted(Tensor tensor, DType dtype) {
    return switch (dtype) {
      case F64 -> Tensors.float64(tensor);
      case I64 -> Tensors.int64(tensor);
      default -> Tensors.float32(tensor);
    };
  }

  private static void encode(ByteBuffer in, DType dtype, ByteBuffer out) {
    switch (dtype) {
      case F16 -> {
        while (in.hasRemaining()) {
          out.putShort(half(in.getFloat()));
        }
      }
      case BF16 -> {
        while (in.hasRemaining()) {
          out.putShort(bfloat(in.getFloat()));
        }
      }
      default -> out.put(in);
    }
  }

  private static short bfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40); // quiet, lest the cut leave an infinity
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static short half(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    // 65520 lies halfway between the largest half and what would be the next one.
    if (magnitude >= 65520) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) {
      // Subnormal halves are multiples of 2^-24; rint rounds to even.
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    int bits = Float.floatToRawIntBits(magnitude);
    int rounded = bits + 0xfff + ((bits >>> 13) & 1);
    return (short) (sign | ((rounded >>> 13) - ((127 - 15) << 10)));
  }
}
