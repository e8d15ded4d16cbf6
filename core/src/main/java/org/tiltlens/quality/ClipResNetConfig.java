package org.tiltlens.quality;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.residual.NormedConvolution;

/**
 * The shape of CLIP's residual network: so many bottlenecks in each of four layers.
 *
 * @param blocks bottlenecks of each layer, 3, 4, 6 and 3 in the published RN50
 * @param width channels after the stem, 64 in RN50; even. Layer i has {@code 4 width 2^i}, i = 0..3
 * @param dimensions of the vector that it makes of an image, 1024 in RN50
 */
record ClipResNetConfig(List<Integer> blocks, int width, int dimensions) {
  /** A tensor that no other network has, with both of the sizes: (dimensions, 32 width). */
  static final String MARKER = "attnpool.c_proj.weight";

  private static final int LAYERS = 4;
  private static final int MOST_BLOCKS = 1000;
  private static final int LARGEST = 1 << 16;

  /**
   * Reads the shape off a checkpoint's tensors.
   *
   * @param prefix what stands before the network's names
   * @throws CheckpointException if they are no such network's; one line
   */
  static ClipResNetConfig of(TensorStore store, String prefix) {
    List<Long> last = shape(store, prefix + MARKER);
    long width = last.size() == 2 ? last.get(1) / 32 : 0;
    if (width < 2
        || width % 2 != 0
        || last.get(1) != 32 * width
        || !last.stream().allMatch(ClipResNetConfig::usual)) {
      throw new CheckpointException(
          "%s: tensor '%s' is %s, expected D x 32 W of a network of even width W"
              .formatted(store.source(), prefix + MARKER, last));
    }
    List<Integer> blocks = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      int count = 0;
      while (count < MOST_BLOCKS
          && store.entries().containsKey(prefix + block(layer, count) + "conv1.weight")) {
        count++;
      }
      if (count == 0) {
        throw new CheckpointException(
            "%s: there is no tensor '%s': expected four layers of at least one block"
                .formatted(store.source(), prefix + block(layer, 0) + "conv1.weight"));
      }
      blocks.add(count);
    }
    return new ClipResNetConfig(blocks, (int) width, last.get(0).intValue());
  }

  private static List<Long> shape(TensorStore store, String name) {
    TensorInfo info = store.entries().get(name);
    return info == null ? List.of() : info.shape();
  }

  private static boolean usual(long size) {
    return size >= 1 && size <= LARGEST;
  }

  /** Prefix of a block's tensors; the names count layers from 1. */
  static String block(int layer, int block) {
    return "layer" + (layer + 1) + "." + block + ".";
  }

  /** Channels after the last layer. */
  long channels() {
    return 32L * width;
  }

  /** Every convolution, in the order in which they are computed. */
  List<NormedConvolution> convolutions() {
    List<NormedConvolution> all = new ArrayList<>();
    all.add(new NormedConvolution("conv1", "bn1", 3, width / 2, 3));
    all.add(new NormedConvolution("conv2", "bn2", width / 2, width / 2, 3));
    all.add(new NormedConvolution("conv3", "bn3", width / 2, width, 3));
    long in = width;
    for (int layer = 0; layer < LAYERS; layer++) {
      long inner = (long) width << layer;
      for (int block = 0; block < blocks.get(layer); block++) {
        String name = block(layer, block);
        all.add(new NormedConvolution(name + "conv1", name + "bn1", in, inner, 1));
        all.add(new NormedConvolution(name + "conv2", name + "bn2", inner, inner, 3));
        all.add(new NormedConvolution(name + "conv3", name + "bn3", inner, 4 * inner, 1));
        if (block == 0) {
          String beside = name + "downsample.";
          all.add(new NormedConvolution(beside + "0", beside + "1", in, 4 * inner, 1));
        }
        in = 4 * inner;
      }
    }
    return all;
  }

  /** Every tensor that is needed, by CLIP's names, with its shape. */
  Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    convolutions().forEach(each -> shapes.putAll(each.shapes()));
    for (String projection : List.of("q", "k", "v", "c")) {
      long out = projection.equals("c") ? dimensions : channels();
      shapes.put("attnpool." + projection + "_proj.weight", List.of(out, channels()));
      shapes.put("attnpool." + projection + "_proj.bias", List.of(out));
    }
    return shapes;
  }
}
