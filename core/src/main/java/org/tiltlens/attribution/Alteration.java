package org.tiltlens.attribution;

import static org.tiltlens.torch.Tensors.scale;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A change that takes one kind of information from an image and leaves the others. */
public sealed interface Alteration {
  /**
   * The altered image.
   *
   * @param image (1, 3, H, W) in [-1, 1]
   * @param index of the image among others, for what is random
   * @return the same shape and range
   * @throws IllegalArgumentException if the image is too small
   */
  Tensor of(Tensor image, long index);

  /** Whether the image has any of what this takes: a grey one has no colour. */
  default boolean takesFrom(Tensor image) {
    return true;
  }

  /** Its name, one word. */
  String key();

  /** What it takes. */
  String removes();

  /** How a score fares under it, such as {@code when blurred}. */
  String when();

  /** Shuffled on a grid of 8 x 8, blurred by 2 pixels, made grey. */
  static List<Alteration> all(long seed) {
    return List.of(new Shuffled(8, seed), new Blurred(2), new Grey());
  }

  /**
   * Cut into {@code grid x grid} patches, which change places at random: textures and colours stay,
   * the shape of anything larger than a patch goes, and where in the image things are.
   *
   * <p>Source: patch shuffling, as in Zhang and Zhu 2019 (arXiv 1905.09797). Where the side is no
   * multiple of {@code grid}, a border of fewer pixels than that stays in place.
   *
   * @param grid patches along each side, at least 2
   * @param seed of the permutations, a different one for each image
   */
  record Shuffled(int grid, long seed) implements Alteration {
    public Shuffled {
      if (grid < 2) {
        throw new IllegalArgumentException("a grid of " + grid + ", must be at least 2");
      }
    }

    @Override
    public Tensor of(Tensor image, long index) {
      long height = Attribution.requireOne(image).size(2) / grid;
      long width = image.size(3) / grid;
      if (height < 1 || width < 1) {
        throw new IllegalArgumentException(
            "an image of shape "
                + Tensors.describe(image)
                + " cannot be cut into "
                + grid
                + " x "
                + grid
                + " patches");
      }
      long top = (image.size(2) - grid * height) / 2;
      long left = (image.size(3) - grid * width) / 2;
      long[] order = Noise.permutation(seed, index, 0, (long) grid * grid);
      return Scope.of(
          () -> {
            Tensor shuffled = image.clone();
            for (int to = 0; to < order.length; to++) {
              patch(shuffled, top, left, to, height, width)
                  .copy_(patch(image, top, left, order[to], height, width));
            }
            return shuffled;
          });
    }

    private Tensor patch(Tensor image, long top, long left, long i, long height, long width) {
      return image
          .narrow(2, top + i / grid * height, height)
          .narrow(3, left + i % grid * width, width);
    }

    @Override
    public String key() {
      return "shuffled";
    }

    @Override
    public String removes() {
      return "shape";
    }

    @Override
    public String when() {
      return "when shuffled";
    }
  }

  /**
   * Convolved with a Gaussian, borders repeated: fine textures and edges go, coarse shape and
   * colour stay.
   *
   * @param radius standard deviation in pixels, above 0 and at most 64; the filter ends at three of
   *     them
   */
  record Blurred(double radius) implements Alteration {
    private static final int MAX_RADIUS = 64;

    public Blurred {
      if (!(radius > 0 && radius <= MAX_RADIUS)) {
        throw new IllegalArgumentException(
            "blur of " + radius + " pixels, must be above 0 and at most " + MAX_RADIUS);
      }
    }

    @Override
    public Tensor of(Tensor image, long index) {
      Attribution.requireOne(image);
      int reach = (int) Math.ceil(3 * radius);
      return Scope.of(
          () -> {
            Tensor filter = filter(reach).type_as(image);
            int side = 2 * reach + 1;
            Tensor x = Layers.padByBorder(image, reach);
            x = Layers.depthwiseConv2d(x, filter.view(1, 1, side, 1).repeat(3, 1, 1, 1), null, 0);
            return Layers.depthwiseConv2d(
                x, filter.view(1, 1, 1, side).repeat(3, 1, 1, 1), null, 0);
          });
    }

    private Tensor filter(int reach) {
      double[] weights = new double[2 * reach + 1];
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        double distance = (i - reach) / radius;
        weights[i] = Math.exp(-0.5 * distance * distance);
        sum += weights[i];
      }
      return scale(Tensors.doubles(weights, weights.length), 1 / sum);
    }

    @Override
    public String key() {
      return "blurred";
    }

    @Override
    public String removes() {
      return "fine texture";
    }

    @Override
    public String when() {
      return "when blurred";
    }
  }

  /** All three channels luma, {@code 0.299 R + 0.587 G + 0.114 B} (ITU-R BT.601): colour goes. */
  record Grey() implements Alteration {
    /** A level of 256 in [-1, 1]: less is the rounding of a file that is grey. */
    private static final double LEVEL = 2.0 / 255;

    @Override
    public boolean takesFrom(Tensor image) {
      try (Scope scope = Scope.open()) {
        return of(image, 0).sub(image).abs().max().item_double() > LEVEL;
      }
    }

    @Override
    public Tensor of(Tensor image, long index) {
      Attribution.requireOne(image);
      return Scope.of(
          () ->
              scale(image.narrow(1, 0, 1), 0.299)
                  .add(scale(image.narrow(1, 1, 1), 0.587))
                  .add(scale(image.narrow(1, 2, 1), 0.114))
                  .repeat(1, 3, 1, 1));
    }

    @Override
    public String key() {
      return "grey";
    }

    @Override
    public String removes() {
      return "colour";
    }

    @Override
    public String when() {
      return "without colour";
    }
  }
}
