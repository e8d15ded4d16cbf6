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
 * @param diffusers whether it is diffusers' network: every block embeds timestep and class for
 *     itself, and the lowest of its sinusoids' frequencies is exactly 1 / 10000
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
    boolean learnsVariance,
    boolean diffusers) {
  static final String PATCHES = "x_embedder.proj.weight";
  private static final String LAST = "final_layer.linear.weight";
  private static final String CLASSES = "y_embedder.embedding_table.weight";
  private static final String MIXING = "mlp.fc1.weight";

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
    DitNames names = DitNames.of(network);
    Reader read = new Reader(network, names);
    String embedders = names.embedders(block(0));
    int width = read.size(PATCHES, 4, 0);
    int channels = read.size(PATCHES, 4, 1);
    int patch = read.size(PATCHES, 4, 2);
    int out = read.size(LAST, 2, 0);
    int rows = read.size(embedders + CLASSES, 2, 0);
    long each = (long) patch * patch * channels;
    if (out != each && out != 2 * each) {
      throw read.wrong(LAST, "%d or %d rows".formatted(each, 2 * each));
    }
    int classes = said.nullClass() ? rows - 1 : rows;
    if (classes < 1) {
      throw read.wrong(embedders + CLASSES, "a row per class and one for none");
    }
    return new DitConfig(
        channels,
        read.side(said, patch),
        patch,
        width,
        read.depth(),
        heads(network, said, width),
        read.size(block(0) + MIXING, 2, 0),
        read.size(embedders + "t_embedder.mlp.0.weight", 2, 1),
        classes,
        said.nullClass(),
        out == 2 * each,
        names == DitNames.DIFFUSERS);
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
  private record Reader(TensorStore network, DitNames names) {
    int size(String name, int dimensions, int dimension) {
      TensorInfo info = info(name);
      List<Long> shape = info == null ? List.of() : info.shape();
      long size = shape.size() == dimensions ? shape.get(dimension) : 0;
      if (size < 1 || size > LARGEST) {
        throw wrong(
            name, "a tensor of " + dimensions + " dimensions, as a diffusion transformer's");
      }
      return (int) size;
    }

    private TensorInfo info(String name) {
      return network.entries().get(names.stored(name));
    }

    int depth() {
      int depth = 0;
      while (info(block(depth) + MIXING) != null) {
        depth++;
      }
      return depth;
    }

    int side(Said said, int patch) {
      if (info(Dit.POSITIONS) == null) {
        int side = said.side().orElse(0);
        if (side < 1 || side % patch != 0 || side > LARGEST) {
          throw new CheckpointException(
              ("%s stores no positions, so its side is not known: say the side of its latents, a"
                      + " multiple of %d (sample_size in a config.json of diffusers)")
                  .formatted(network.source(), patch));
        }
        return side;
      }
      int tokens = size(Dit.POSITIONS, 3, 1);
      int root = (int) Math.round(Math.sqrt(tokens));
      if (root * root != tokens) {
        throw wrong(Dit.POSITIONS, "positions of a square");
      }
      return root * patch;
    }

    CheckpointException wrong(String name, String expected) {
      TensorInfo info = info(name);
      return new CheckpointException(
          "%s: tensor '%s' is %s, expected %s"
              .formatted(
                  network.source(),
                  names.stored(name),
                  info == null ? "missing" : info.shape(),
                  expected));
    }
  }

  /** Prefix of a block's tensors. */
  static String block(int block) {
    return "blocks." + block + ".";
  }

  DitNames names() {
    return diffusers ? DitNames.DIFFUSERS : DitNames.DIT;
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
    shapes.put(PATCHES, List.of(w, (long) channels, (long) patch, (long) patch));
    shapes.put("x_embedder.proj.bias", List.of(w));
    for (int i = 0; i < depth; i++) {
      String block = block(i);
      embedders(shapes, names().embedders(block));
      List<String> attention = names().attention();
      attention.forEach(name -> linear(shapes, block + name, 3 * w / attention.size(), w));
      linear(shapes, block + "attn.proj", w, w);
      linear(shapes, block + "mlp.fc1", hidden, w);
      linear(shapes, block + "mlp.fc2", w, hidden);
      linear(shapes, block + "adaLN_modulation.1", 6 * w, w);
    }
    linear(shapes, "final_layer.linear", (long) patch * patch * outChannels(), w);
    linear(shapes, "final_layer.adaLN_modulation.1", 2 * w, w);
    return shapes;
  }

  private void embedders(Map<String, List<Long>> shapes, String prefix) {
    linear(shapes, prefix + "t_embedder.mlp.0", width, frequencies);
    linear(shapes, prefix + "t_embedder.mlp.2", width, width);
    shapes.put(prefix + CLASSES, List.of((long) (nullClass ? classes + 1 : classes), (long) width));
  }

  private static void linear(Map<String, List<Long>> shapes, String name, long out, long in) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }
}
