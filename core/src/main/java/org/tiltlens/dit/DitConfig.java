package org.tiltlens.dit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/**
 * The shape of a diffusion transformer, which its tensors tell but for its heads.
 *
 * @param channels of what it denoises
 * @param side of that, in its pixels
 * @param patch sides of a patch
 * @param width channels of a token
 * @param depth blocks
 * @param heads of attention
 * @param hidden channels inside the MLPs
 * @param frequencies sinusoids of a timestep
 * @param classes that it can be told
 * @param nullClass whether the table of classes has one more row, for none
 * @param learnsVariance whether it tells the reverse variance too
 */
public record DitConfig(
    int channels,
    int side,
    int patch,
    int width,
    int depth,
    int heads,
    int hidden,
    int frequencies,
    int classes,
    boolean nullClass,
    boolean learnsVariance) {
  /** Names that each such network has once. */
  static final String LANDMARK = "x_embedder.proj.weight";

  static final String MODULATION = "blocks.0.adaLN_modulation.1.weight";

  /** Width -> heads of the published sizes S, B, L and XL. */
  private static final Map<Integer, Integer> PUBLISHED_HEADS =
      Map.of(384, 6, 768, 12, 1024, 16, 1152, 16);

  private static final long LARGEST = 1 << 20;

  /**
   * What the tensors do not tell.
   *
   * @param heads of attention; empty where the width is one of DiT-S, -B, -L or -XL
   * @param side of what it denoises; empty where positions are stored
   * @param nullClass whether the last row of the table of classes is for none, as it is wherever
   *     labels were left out in training
   */
  public record Said(OptionalInt heads, OptionalInt side, boolean nullClass) {
    /** Nothing beside the tensors. */
    public static final Said NOTHING = new Said(OptionalInt.empty(), OptionalInt.empty(), true);
  }

  /**
   * Reads it off a network's tensors.
   *
   * @throws CheckpointException if they are no such network's, or do not tell its heads or side
   */
  public static DitConfig of(TensorStore network, Said said) {
    Reader read = new Reader(network);
    int width = read.size(LANDMARK, 4, 0);
    int channels = read.size(LANDMARK, 4, 1);
    int patch = read.size(LANDMARK, 4, 2);
    int out = read.size("final_layer.linear.weight", 2, 0);
    int rows = read.size("y_embedder.embedding_table.weight", 2, 0);
    long each = (long) patch * patch * channels;
    if (out != each && out != 2 * each) {
      throw read.wrong(
          "final_layer.linear.weight", "%d or %d rows".formatted(each, 2 * each));
    }
    int classes = said.nullClass() ? rows - 1 : rows;
    if (classes < 1) {
      throw read.wrong("y_embedder.embedding_table.weight", "a row per class and one for none");
    }
    return new DitConfig(
        channels,
        read.side(said, patch),
        patch,
        width,
        read.depth(),
        heads(network, said, width),
        read.size("blocks.0.mlp.fc1.weight", 2, 0),
        read.size("t_embedder.mlp.0.weight", 2, 1),
        classes,
        said.nullClass(),
        out == 2 * each);
  }

  private static int heads(TensorStore network, Said said, int width) {
    int heads = said.heads().orElse(PUBLISHED_HEADS.getOrDefault(width, 0));
    if (heads == 0) {
      throw new CheckpointException(
          ("%s is a diffusion transformer of %d channels, which none of the published sizes has:"
                  + " give `priorOption` num_heads")
              .formatted(network.source(), width));
    }
    if (heads < 0 || width % heads != 0 || width % 4 != 0) {
      throw new CheckpointException(
          "%s: %d heads of attention do not share %d channels, of which positions want multiples of 4"
              .formatted(network.source(), heads, width));
    }
    return heads;
  }

  /** What is read of the tensors' shapes. */
  private record Reader(TensorStore network) {
    int size(String name, int dimensions, int dimension) {
      TensorInfo info = network.entries().get(name);
      List<Long> shape = info == null ? List.of() : info.shape();
      long size = shape.size() == dimensions ? shape.get(dimension) : 0;
      if (size < 1 || size > LARGEST) {
        throw wrong(name, "a tensor of " + dimensions + " dimensions, as a diffusion transformer's");
      }
      return (int) size;
    }

    int depth() {
      int depth = 0;
      while (network
          .entries()
          .containsKey("blocks." + depth + ".adaLN_modulation.1.weight")) {
        depth++;
      }
      return depth;
    }

    int side(Said said, int patch) {
      if (!network.entries().containsKey("pos_embed")) {
        int side = said.side().orElse(0);
        if (side < 1 || side % patch != 0 || side > LARGEST) {
          throw new CheckpointException(
              ("%s stores no positions, so its side is not known: give `priorOption` image_size,"
                      + " the side of its latents, a multiple of %d")
                  .formatted(network.source(), patch));
        }
        return side;
      }
      int tokens = size("pos_embed", 3, 1);
      int root = (int) Math.round(Math.sqrt(tokens));
      if (root * root != tokens) {
        throw wrong("pos_embed", "positions of a square");
      }
      return root * patch;
    }

    CheckpointException wrong(String name, String expected) {
      TensorInfo info = network.entries().get(name);
      return new CheckpointException(
          "%s: tensor '%s' is %s, expected %s"
              .formatted(network.source(), name, info == null ? "missing" : info.shape(), expected));
    }
  }

  /** Tokens along a side. */
  int grid() {
    return side / patch;
  }

  /** Channels of the output. */
  int outChannels() {
    return learnsVariance ? 2 * channels : channels;
  }

  /** Name -> shape of every tensor but the positions, which are recomputed where they lack. */
  Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    long w = width;
    shapes.put("x_embedder.proj.weight", List.of(w, (long) channels, (long) patch, (long) patch));
    shapes.put("x_embedder.proj.bias", List.of(w));
    linear(shapes, "t_embedder.mlp.0", w, frequencies);
    linear(shapes, "t_embedder.mlp.2", w, w);
    shapes.put(
        "y_embedder.embedding_table.weight", List.of((long) (nullClass ? classes + 1 : classes), w));
    for (int i = 0; i < depth; i++) {
      String block = "blocks." + i + ".";
      linear(shapes, block + "attn.qkv", 3 * w, w);
      linear(shapes, block + "attn.proj", w, w);
      linear(shapes, block + "mlp.fc1", hidden, w);
      linear(shapes, block + "mlp.fc2", w, hidden);
      linear(shapes, block + "adaLN_modulation.1", 6 * w, w);
    }
    linear(shapes, "final_layer.linear", (long) patch * patch * outChannels(), w);
    linear(shapes, "final_layer.adaLN_modulation.1", 2 * w, w);
    return shapes;
  }

  private static void linear(Map<String, List<Long>> shapes, String name, long out, long in) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }
}
