package org.tiltlens.residual;

import java.util.ArrayList;
import java.util.List;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.residual.ResNetShortcut.Kind;

/**
 * Reads a ResNet's shape off the shapes of its tensors.
 *
 * <p>What they do not show is taken to be as published: a stem of 7 x 7, or of several
 * convolutions, has stride 2 and a max-pool; one of 3 x 3 has neither, as for CIFAR. Where the
 * channels change and no block has weights beside it, the shortcut is option A.
 *
 * @param firstStride of the first layer, 1 but where {@code config.json} says otherwise
 * @param stridesEarly whether a bottleneck strides in its first convolution, not in its second
 */
public record ResNetReader(
    TensorStore store, ResNetNames names, int firstStride, boolean stridesEarly) {
  private static final long LARGEST = 1 << 16;
  private static final int MOST_BLOCKS = 10_000;

  /**
   * The layers of blocks after a stem.
   *
   * @throws CheckpointException if the tensors do not make them; one line
   */
  public List<List<ResNetBlock>> layers(ResNetStem stem) {
    boolean unweighted = !names.huggingFace() && stem.stride() == 1 && !hasShortcuts();
    List<List<ResNetBlock>> layers = new ArrayList<>();
    long in = stem.out();
    for (int layer = 0; isThere(layer, 0); layer++) {
      List<ResNetBlock> blocks = new ArrayList<>();
      for (int block = 0; block < MOST_BLOCKS && isThere(layer, block); block++) {
        int stride = block > 0 ? 1 : layer == 0 ? firstStride : 2;
        ResNetBlock read = block(layer, block, in, stride, unweighted);
        blocks.add(read);
        in = read.out();
      }
      layers.add(blocks);
    }
    return layers;
  }

  private boolean isThere(int layer, int block) {
    return names.has(store, names.convolution(layer, block, 0).convolution() + ".weight");
  }

  private boolean hasShortcuts() {
    return store.entries().keySet().stream()
        .anyMatch(
            name ->
                name.startsWith(names.prefix() + "layer")
                    && (name.contains(".downsample.") || name.contains(".shortcut.")));
  }

  /**
   * What comes before the first layer.
   *
   * @throws CheckpointException if the tensors do not make it, or do not tell its stride; one line
   */
  public ResNetStem stem() {
    List<NormedConvolution> convolutions = new ArrayList<>();
    long in = 3;
    for (ResNetNames.Pair pair : names.stem(store)) {
      NormedConvolution next = convolution(pair, in);
      convolutions.add(next);
      in = next.out();
    }
    int kernel = convolutions.get(0).kernel();
    boolean deep = convolutions.size() > 1;
    boolean small = kernel == 3 && !names.huggingFace();
    if (kernel != 7 && !small) {
      throw new CheckpointException(
          "%s: tensor '%s' is a stem of %dx%d, expected %s: nothing else tells its stride"
              .formatted(
                  store.source(),
                  names.stored(convolutions.get(0).convolution() + ".weight"),
                  kernel,
                  kernel,
                  names.huggingFace() ? "7x7, as a ResNet's is" : "7x7 or 3x3"));
    }
    boolean halves = deep || kernel == 7;
    return new ResNetStem(convolutions, halves ? 2 : 1, halves);
  }

  private ResNetBlock block(int layer, int block, long in, int stride, boolean unweighted) {
    List<NormedConvolution> convolutions = new ArrayList<>();
    long channels = in;
    for (int i = 0; i < 3; i++) {
      ResNetNames.Pair pair = names.convolution(layer, block, i);
      if (i < 2 || names.has(store, pair.convolution() + ".weight")) {
        NormedConvolution next = convolution(pair, channels);
        convolutions.add(next);
        channels = next.out();
      }
    }
    int strided = convolutions.size() == 3 && !stridesEarly ? 1 : 0;
    ResNetShortcut shortcut = shortcut(layer, block, in, channels, stride, unweighted);
    return new ResNetBlock(convolutions, strided, stride, shortcut);
  }

  private ResNetShortcut shortcut(
      int layer, int block, long in, long out, int stride, boolean unweighted) {
    List<ResNetNames.Shortcut> ways = names.shortcuts(layer, block);
    for (ResNetNames.Shortcut way : ways) {
      String weight = way.pair().convolution() + ".weight";
      // The norm after a convolution has the name of the one after an average.
      if (names.has(store, weight) && shape(weight).size() == 4) {
        return weighted(way, in, out);
      }
    }
    if (in == out && stride == 1) {
      return new ResNetShortcut(Kind.IDENTITY, in, out);
    }
    if (unweighted && in <= out) {
      return new ResNetShortcut(Kind.PADDED, in, out);
    }
    throw missing(ways.get(0).pair().convolution() + ".weight");
  }

  private ResNetShortcut weighted(ResNetNames.Shortcut way, long in, long out) {
    NormedConvolution convolution = convolution(way.pair(), in);
    if (convolution.out() != out) {
      throw wrong(way.pair().convolution() + ".weight", out + " channels out, as its block has");
    }
    return new ResNetShortcut(way.kind(), convolution);
  }

  /** A convolution of {@code in} channels. */
  private NormedConvolution convolution(ResNetNames.Pair pair, long in) {
    String weight = pair.convolution() + ".weight";
    List<Long> shape = shape(weight);
    if (shape.size() != 4
        || shape.stream().anyMatch(size -> size < 1 || size > LARGEST)
        || in % shape.get(1) != 0
        || shape.get(0) % (in / shape.get(1)) != 0
        || !shape.get(2).equals(shape.get(3))
        || shape.get(2) % 2 == 0) {
      throw wrong(weight, "filters for %d channels, of an odd side".formatted(in));
    }
    return new NormedConvolution(
        pair.convolution(),
        pair.norm(),
        in,
        shape.get(0),
        shape.get(2).intValue(),
        (int) (in / shape.get(1)));
  }

  private List<Long> shape(String name) {
    TensorInfo info = store.entries().get(names.stored(name));
    if (info == null) {
      throw missing(name);
    }
    return info.shape();
  }

  private CheckpointException missing(String name) {
    return new CheckpointException(
        "%s: there is no tensor '%s', which a ResNet needs%s"
            .formatted(
                store.source(),
                names.stored(name),
                store.otherwise(names.stored(name)).map(it -> ": it is " + it).orElse("")));
  }

  private CheckpointException wrong(String name, String expected) {
    return new CheckpointException(
        "%s: tensor '%s' is %s, expected %s"
            .formatted(store.source(), names.stored(name), shape(name), expected));
  }
}
