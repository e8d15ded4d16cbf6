package org.tiltlens.checkpoint;

/**
 * Element types, by their safetensors names; the last ones are known by name only, so that a tensor
 * nobody needs does not keep its neighbours from being read.
 */
public enum DType {
  BOOL(1, true),
  U8(1, true),
  I8(1, true),
  I16(2, true),
  U16(2, true),
  I32(4, true),
  U32(4, true),
  I64(8, true),
  U64(8, true),
  F8_E4M3(1, true),
  F8_E5M2(1, true),
  F16(2, true),
  BF16(2, true),
  F32(4, true),
  F64(8, true),
  F4(0, false),
  F6_E2M3(0, false),
  F6_E3M2(0, false),
  F8_E8M0(1, false),
  F8_E4M3FNUZ(1, false),
  F8_E5M2FNUZ(1, false),
  C64(8, false),
  C128(16, false),
  /** Any other. */
  UNKNOWN(0, false);

  private final int bytes;
  private final boolean read;

  DType(int bytes, boolean read) {
    this.bytes = bytes;
    this.read = read;
  }

  /** Bytes of one element; 0 if it has less than one, or an unknown number. */
  public int bytes() {
    return bytes;
  }

  /** Whether it is of whole numbers, as weights are only if they are quantised. */
  boolean isWhole() {
    return switch (this) {
      case U8, I8, I16, U16, I32, U32, I64, U64 -> true;
      default -> false;
    };
  }

  /** Whether tensors of it can be loaded. */
  boolean isRead() {
    return read;
  }
}
