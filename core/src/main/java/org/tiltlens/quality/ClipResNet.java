package org.tiltlens.quality;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.averagePool2x;
import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.relu;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.PartOfNetwork;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.residual.NormedConvolution;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.Normalisation;

/**
 * CLIP's residual network, from images to one vector each: a stem of three convolutions,
 * bottlenecks that halve a map by averaging it, and attention in place of the last average.
 *
 * <p>Source: Radford et al. 2021, <em>Learning Transferable Visual Models From Natural Language
 * Supervision</em>, section 2.4. As in Wang et al. 2023 (CLIP-IQA) the position embedding of the
 * attention is left out, so that images keep their size. Batch norms are folded into the
 * convolutions.
 *
 * @param weights {@code NAME.weight} and {@code NAME.bias} of every layer
 */
record ClipResNet(ClipResNetConfig config, Weights weights, Device device)
    implements AutoCloseable {
  /** What CLIP does to its images first. */
  static final Normalisation NORMALISATION =
      Normalisation.ofMeanAndStd(
          List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

  /** Side in pixels of the smallest image: (31 + 1) / 2 is halved to 1 by four averages. */
  static final int SMALLEST = 31;

  private static final int HEAD = 64;

  /** In a checkpoint, and not used. */
  private static final List<String> UNUSED =
      List.of(".*\\.num_batches_tracked", "attnpool\\.positional_embedding");

  /**
   * Loads a network.
   *
   * @param prefix what stands before its names; what has another is no concern of it
   * @throws org.tiltlens.checkpoint.CheckpointException if its tensors do not fit; one line
   */
  static ClipResNet open(TensorStore store, String prefix, Device device) {
    ClipResNetConfig config = ClipResNetConfig.of(store, prefix);
    Map<String, List<Long>> shapes = config.shapes();
    PartOfNetwork part = new PartOfNetwork(prefix, shapes, shapes, name -> prefix + name, UNUSED);
    try (Weights stored = part.load(store, device)) {
      return new ClipResNet(config, folded(config, stored), device);
    }
  }

  /** The same network without norms. */
  private static Weights folded(ClipResNetConfig config, Weights stored) {
    Map<String, Tensor> folded = NormedConvolution.folded(config.convolutions(), stored);
    config.shapes().keySet().stream()
        .filter(name -> name.startsWith("attnpool."))
        .forEach(name -> folded.put(name, Scope.keepForever(stored.get(name))));
    return Weights.of(folded);
  }

  /**
   * One vector per image.
   *
   * @param images (N, 3, H, W) in [-1, 1], at least {@value #SMALLEST} pixels high and wide
   * @return (N, dimensions)
   */
  Tensor vectors(Tensor images) {
    return Scope.of(
        () -> {
          Tensor x = stem(NORMALISATION.apply(images, device)); // (N, width, H / 4, W / 4)
          for (int layer = 0; layer < config.blocks().size(); layer++) {
            for (int block = 0; block < config.blocks().get(layer); block++) {
              String name = ClipResNetConfig.block(layer, block);
              x = bottleneck(x, name, block == 0, block == 0 && layer > 0);
            }
          }
          return pooled(x); // of (N, 32 width, H / 32, W / 32)
        });
  }

  private Tensor stem(Tensor images) {
    return Scope.of(
        () -> {
          Tensor x = relu(convolution(images, "conv1", 2)); // (N, width / 2, H / 2, W / 2)
          x = relu(convolution(x, "conv2", 1));
          x = relu(convolution(x, "conv3", 1)); // (N, width, H / 2, W / 2)
          return averagePool2x(x);
        });
  }

  /** (N, C, h, w) -> (N, C', h, w), or half as high and wide, rounded down. */
  private Tensor bottleneck(Tensor x, String name, boolean widens, boolean halves) {
    return Scope.of(
        () -> {
          Tensor y = relu(convolution(x, name + "conv1", 1));
          y = relu(convolution(y, name + "conv2", 1));
          y = convolution(halves ? averagePool2x(y) : y, name + "conv3", 1);
          Tensor beside = halves ? averagePool2x(x) : x;
          return relu(y.add(widens ? convolution(beside, name + "downsample.0", 1) : beside));
        });
  }

  /** Attention of the map's mean to itself and all positions: (N, C, h, w) -> (N, dimensions). */
  private Tensor pooled(Tensor x) {
    Tensor positions = x.flatten(2, 3).transpose(1, 2); // (N, h w, C)
    Tensor mean = Tensors.mean(positions, 1).unsqueeze(1); // (N, 1, C)
    Tensor tokens = Tensors.cat(List.of(mean, positions), 1); // (N, 1 + h w, C)
    Tensor seen =
        attention(
            heads(projection(mean, "q")), // (N, heads, 1, 64)
            heads(projection(tokens, "k")), // (N, heads, 1 + h w, 64)
            heads(projection(tokens, "v")));
    return projection(seen.flatten(1, 3), "c");
  }

  /** (N, tokens, heads 64) -> (N, heads, tokens, 64). */
  private static Tensor heads(Tensor x) {
    return x.reshape(x.size(0), x.size(1), -1, HEAD).transpose(1, 2);
  }

  private Tensor projection(Tensor x, String name) {
    String layer = "attnpool." + name + "_proj";
    return linear(x, weights.get(layer + ".weight"), weights.get(layer + ".bias"));
  }

  private Tensor convolution(Tensor x, String name, int stride) {
    Tensor weight = weights.get(name + ".weight");
    return conv2d(x, weight, weights.get(name + ".bias"), stride, (int) weight.size(2) / 2);
  }

  @Override
  public void close() {
    weights.close();
  }
}
