package org.tiltlens.vision;

import java.util.List;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/** Reads a ViT's shape off the shapes of its tensors. */
record VitRecognition(TensorStore store, VitNames names) {
  private static final long LARGEST = 1 << 16;

  /** Channels of a head where nothing tells their number: 128 in the largest, else 64. */
  private static final int HEAD = 64;

  private static final int HEAD_OF_LARGEST = 128;
  private static final int LARGEST_WIDTH = 4096;

  /**
   * The shape.
   *
   * @param heads attention heads if they are known; periods in the checkpoint know better
   * @throws CheckpointException if the tensors do not make a ViT; one line
   */
  static VitConfig config(TensorStore store, VitNames names, OptionalInt heads) {
    try {
      return new VitRecognition(store, names).config(heads);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(store.source() + ": " + e.getMessage(), e);
    }
  }

  private VitConfig config(OptionalInt heads) {
    List<Long> stem = shape("patch_embed.proj.weight", 4);
    int width = size(stem, 0);
    boolean gated = has("blocks.0.mlp.w1.weight");
    return new VitConfig(
        width,
        depth(),
        heads(width, heads),
        size(shape(gated ? "blocks.0.mlp.w1.weight" : "blocks.0.mlp.fc1.weight", 2), 0),
        gated,
        size(stem, 2),
        has("storage_tokens") ? size(shape("storage_tokens", 3), 1) : 0);
  }

  private int depth() {
    int depth = 0;
    while (has("blocks." + depth + ".norm1.weight")) {
      depth++;
    }
    return depth;
  }

  private int heads(int width, OptionalInt known) {
    if (has(VitShapes.PERIODS)) {
      int head = Math.multiplyExact(4, size(shape(VitShapes.PERIODS, 1), 0));
      if (width % head != 0) {
        throw new IllegalArgumentException(
            "'%s' has %d periods, for heads of %d channels, which do not divide %d"
                .formatted(names.stored(VitShapes.PERIODS), head / 4, head, width));
      }
      return width / head;
    }
    if (known.isPresent()) {
      return known.getAsInt();
    }
    int head = width == LARGEST_WIDTH ? HEAD_OF_LARGEST : HEAD;
    if (width % head != 0) {
      throw new IllegalArgumentException(
          "nothing tells into how many heads its %d channels are split: put a config.json with"
                  .formatted(width)
              + " num_attention_heads beside it");
    }
    return width / head;
  }

  private boolean has(String name) {
    return store.entries().containsKey(names.stored(name));
  }

  private List<Long> shape(String name, int dimensions) {
    TensorInfo info = store.entries().get(names.stored(name));
    if (info == null || info.shape().size() != dimensions) {
      throw new IllegalArgumentException(
          "tensor '%s' is %s, expected %d dimensions, as a ViT has it"
              .formatted(names.stored(name), info == null ? "missing" : info.shape(), dimensions));
    }
    return info.shape();
  }

  private static int size(List<Long> shape, int dimension) {
    long size = shape.get(dimension);
    if (size < 1 || size > LARGEST) {
      throw new IllegalArgumentException(
          "a tensor's shape is " + shape + ", expected sizes in 1.." + LARGEST);
    }
    return (int) size;
  }
}
