package org.tiltlens.residual;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.Stem;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a ResNet: torchvision's and timm's names, which those for
 * CIFAR share, or Hugging Face's, with whatever wrapper's prefix before them.
 */
public record ResNetNames(String prefix, boolean huggingFace) {
  /** A tensor that each such network has once, by torchvision's and timm's names. */
  public static final String TORCHVISION = "layer1.0.conv1.weight";

  /** The same by Hugging Face's. */
  public static final String HUGGING_FACE = "encoder.stages.0.layers.0.layer.0.convolution.weight";

  /** A convolution and its norm, by their names without prefix. */
  public record Pair(String convolution, String norm) {}

  /** A way in which a block's shortcut may be named. */
  public record Shortcut(Pair pair, ResNetShortcut.Kind kind) {}

  /** Finds the network in a checkpoint by its first block. */
  public static Optional<ResNetNames> in(TensorStore store) {
    return Stem.find(store, "ResNet", TORCHVISION, HUGGING_FACE)
        .map(stem -> new ResNetNames(stem.prefix(), stem.name().equals(HUGGING_FACE)));
  }

  /** The convolutions before the first block, one or, by turns with norms and ReLUs, several. */
  public List<Pair> stem(TensorStore store) {
    if (huggingFace) {
      return List.of(inHuggingFace("embedder.embedder"));
    }
    List<Pair> deep = new ArrayList<>();
    for (int i = 0; has(store, "conv1." + i + ".weight"); i += 3) {
      String norm = "conv1." + (i + 1);
      deep.add(new Pair("conv1." + i, has(store, norm + ".weight") ? norm : "bn1"));
    }
    return deep.isEmpty() ? List.of(new Pair("conv1", "bn1")) : deep;
  }

  /** Convolution {@code i} of a block, from 0. */
  public Pair convolution(int layer, int block, int i) {
    String name = block(layer, block);
    return huggingFace
        ? inHuggingFace(name + "layer." + i)
        : new Pair(name + "conv" + (i + 1), name + "bn" + (i + 1));
  }

  /** The ways in which a block's shortcut may be named. */
  public List<Shortcut> shortcuts(int layer, int block) {
    String name = block(layer, block);
    if (huggingFace) {
      return List.of(new Shortcut(inHuggingFace(name + "shortcut"), ResNetShortcut.Kind.CONVOLVED));
    }
    return List.of(
        new Shortcut(pair(name + "downsample", 0), ResNetShortcut.Kind.CONVOLVED),
        new Shortcut(pair(name + "shortcut", 0), ResNetShortcut.Kind.CONVOLVED),
        new Shortcut(pair(name + "downsample", 1), ResNetShortcut.Kind.AVERAGED));
  }

  private String block(int layer, int block) {
    return huggingFace
        ? "encoder.stages." + layer + ".layers." + block + "."
        : "layer" + (layer + 1) + "." + block + ".";
  }

  private static Pair inHuggingFace(String name) {
    return new Pair(name + ".convolution", name + ".normalization");
  }

  private static Pair pair(String name, int first) {
    return new Pair(name + "." + first, name + "." + (first + 1));
  }

  /** The checkpoint's name of a tensor. */
  public String stored(String name) {
    return prefix + name;
  }

  public boolean has(TensorStore store, String name) {
    return store.entries().containsKey(stored(name));
  }
}
