package org.tiltlens.checkpoint;

/** How a checkpoint file is laid out, told by its first bytes. */
enum Format {
  SAFETENSORS,
  /** Of PyTorch's or NumPy's. */
  ZIP,
  PYTORCH_LEGACY;

  static Format of(OpenFile file) {
    byte[] start = file.bytes(0, (int) Math.min(9, file.size()));
    if (start.length >= 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4) {
      return ZIP;
    }
    if (start.length == 9 && start[8] == '{') {
      return SAFETENSORS;
    }
    // Every pickle since protocol 2 starts with PROTO.
    if (start.length >= 2 && (start[0] & 0xff) == 0x80 && start[1] >= 2 && start[1] <= 5) {
      return PYTORCH_LEGACY;
    }
    throw new CheckpointException(
        ForeignFile.describe(file)
            .map("is "::concat)
            .orElse("is neither a safetensors nor a PyTorch file nor an .npz"));
  }
}
