package org.tiltlens.vision;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/** Reads a ViT's shape off the shapes of its tensors. */
record VitRecognition(TensorStore store, VitNames names) {
  static final long LARGEST = 1 << 16;

  /** Channels of a head where nothing tells their number, but of {@link #HEADS}. */
  private static final int HEAD = 64;

  /** Heads of DINOv3's largest. */
  private static final Map<Integer, Integer> DINOV3_HEADS = Map.of(4096, 32);

  /** Heads of other ViTs of so many channels: H/14, SO400M, g/14 and G/14. */
  private static final Map<Integer, Integer> HEADS = Map.of(1280, 16, 1152, 16, 1408, 16, 1664, 16);

  /** Heads of those without a class token: SigLIP 2's giant-opt; DINOv2's giant has 24. */
  private static final Map<Integer, Integer> PATCHES_ALONE = Map.of(1536, 16);

  /** Heads of those that MoCo v3 trained, ViT-S, told by its encoders' names. */
  private static final Map<Integer, Integer> MOCO = Map.of(384, 12);

  private static final Pattern MOCO_PREFIX = Pattern.compile("(.*\\.)?(base|momentum)_encoder\\.");

  /**
   * The shape.
   *
   * @param heads attention heads if they are known; periods in the checkpoint know better
   * @throws CheckpointException if the tensors do not make a ViT; one line
   */
  static VitConfig config(TensorStore store, VitNames names, VitKind kind, OptionalInt heads) {
    try {
      return new VitRecognition(store, names).config(kind, heads);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(store.source() + ": " + e.getMessage(), e);
    }
  }

  private VitConfig config(VitKind kind, OptionalInt heads) {
    List<Long> stem = shape("patch_embed.proj.weight", 4);
    int width = size(stem, 0);
    return new VitConfig(
        width,
        depth(),
        heads(width, kind, heads),
        hidden(),
        isGated(),
        size(stem, 2),
        names.has("storage_tokens") ? size(shape("storage_tokens", 3), 1) : 0,
        kind,
        heads.isEmpty() && !names.has(VitShapes.PERIODS));
  }

  /** A gated MLP has two first layers, apart or one above the other. */
  boolean isGated() {
    return names.has("blocks.0.mlp.w1.weight") || isPacked();
  }

  private boolean isPacked() {
    return names.has("blocks.0.mlp.w12.weight")
        && names.has("blocks.0.mlp.w3.weight")
        && shape("blocks.0.mlp.w12.weight", 2).get(0)
            == 2 * shape("blocks.0.mlp.w3.weight", 2).get(1);
  }

  private int hidden() {
    return isGated()
        ? size(shape("blocks.0.mlp.w3.weight", 2), 1)
        : size(shape("blocks.0.mlp.fc1.weight", 2), 0);
  }

  private int depth() {
    int depth = 0;
    while (names.has("blocks." + depth + ".norm1.weight")) {
      depth++;
    }
    return depth;
  }

  private int heads(int width, VitKind kind, OptionalInt known) {
    if (names.has(VitShapes.PERIODS)) {
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
    Integer usual = usualHeads(kind).get(width);
    if (usual != null) {
      return usual;
    }
    if (width % HEAD != 0) {
      throw new IllegalArgumentException(
          "nothing tells into how many heads its %d channels are split: put a config.json with"
                  .formatted(width)
              + " num_attention_heads beside it, or give the vision option heads");
    }
    return width / HEAD;
  }

  /** Of networks of so many channels that are published with other heads than of {@link #HEAD}. */
  private Map<Integer, Integer> usualHeads(VitKind kind) {
    if (kind.equals(VitKind.DINOV3)) {
      return DINOV3_HEADS;
    }
    Map<Integer, Integer> usual = new HashMap<>(HEADS);
    if (!kind.classToken()) {
      usual.putAll(PATCHES_ALONE);
    }
    if (MOCO_PREFIX.matcher(names.prefix()).matches()) {
      usual.putAll(MOCO);
    }
    return usual;
  }

  private List<Long> shape(String name, int dimensions) {
    TensorInfo info = store.entries().get(names.stored(name));
    if (info == null || info.shape().size() != dimensions) {
      String expected = ", expected %d dimensions, as a ViT has it".formatted(dimensions);
      throw new IllegalArgumentException(
          "tensor '%s' is %s"
              .formatted(
                  names.stored(name),
                  info == null
                      ? store.otherwise(names.stored(name)).orElse("missing" + expected)
                      : info.shape() + expected));
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
