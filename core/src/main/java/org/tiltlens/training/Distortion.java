package org.tiltlens.training;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.torch.Warp;

/**
 * Crops, colours and holes of a batch of photographs, each image by draws of its own.
 *
 * @param settings how far they go
 * @param seed the training's
 * @param device where the images are
 */
record Distortion(Regularisation settings, long seed, Device device) {
  /** Uniform draws of an image: four of its crop, three of its colours, five of its hole. */
  static final int DRAWS = 12;

  private static final int COLOURS = 4;
  private static final int HOLE = 7;

  private static final double NARROWEST_CROP = 3.0 / 4;
  private static final double NARROWEST_HOLE = 0.3;
  private static final double SMALLEST_HOLE = 0.02;
  private static final double LARGEST_HOLE = 1.0 / 3;

  /** Weights of red, green and blue in how bright a colour is (ITU-R BT.601). */
  private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

  /**
   * The changed images.
   *
   * @param images (N, 3, H, H) in [-1, 1]
   * @param step decides all draws
   */
  Tensor apply(Tensor images, long step) {
    return Scope.of(
        () -> {
          long n = images.size(0);
          Tensor uniform = Noise.uniform(seed, RandomStream.DISTORTION, step, n * DRAWS);
          return apply(images, Tensors.toFloats(uniform));
        });
  }

  /** The same by {@link #DRAWS} uniform numbers in [0, 1) for each image. */
  Tensor apply(Tensor images, float... draws) {
    return Scope.of(
        () -> {
          int n = Math.toIntExact(images.size(0));
          int side = Math.toIntExact(images.size(3));
          Tensor cropped =
              settings.smallestCrop() == 1
                  ? images
                  : Warp.windows(images, windows(draws, n), device);
          Tensor coloured = settings.jitter() == 0 ? cropped : coloured(cropped, draws);
          return settings.erasing() == 0
              ? coloured
              : coloured.mul(device.place(outsideHoles(draws, n, side)));
        });
  }

  /** Of each image the centre and the sides of its crop, as shares of the image's side. */
  private double[][] windows(float[] draws, int n) {
    double[][] windows = new double[n][];
    for (int i = 0; i < n; i++) {
      int at = i * DRAWS;
      double area = settings.smallestCrop() + draws[at] * (1 - settings.smallestCrop());
      windows[i] = rectangle(area, NARROWEST_CROP, draws, at + 1);
    }
    return windows;
  }

  /**
   * A rectangle inside the image: centre and sides, none longer than the image's.
   *
   * @param narrowest ratio of its sides, which is log-uniform from it to its inverse
   * @param at the draws of its ratio and its place
   */
  private static double[] rectangle(double area, double narrowest, float[] draws, int at) {
    double ratio = Math.exp((1 - 2 * draws[at]) * Math.log(narrowest));
    double width = Math.min(1, Math.sqrt(area * ratio));
    double height = Math.min(1, Math.sqrt(area / ratio));
    return new double[] {
      width / 2 + draws[at + 1] * (1 - width),
      height / 2 + draws[at + 2] * (1 - height),
      width,
      height
    };
  }

  /** Brightness, then contrast, then saturation, each limited to what a picture can hold. */
  private Tensor coloured(Tensor images, float[] draws) {
    Tensor x = Tensors.scale(Tensors.plus(images, 1), 0.5);
    Tensor bright = Tensors.clamp(x.mul(factors(x, draws, 0)), 0, 1);
    Tensor mean = Tensors.mean(grey(bright), 2, 3).unsqueeze(2).unsqueeze(3);
    Tensor contrasted = spread(bright, mean, factors(x, draws, 1));
    Tensor saturated = spread(contrasted, grey(contrasted), factors(x, draws, 2));
    return Tensors.plus(Tensors.scale(saturated, 2), -1);
  }

  /** {@code middle + factor (x - middle)}. */
  private static Tensor spread(Tensor x, Tensor middle, Tensor factor) {
    return Tensors.clamp(middle.add(x.sub(middle).mul(factor)), 0, 1);
  }

  /** (N, 3, H, H) -> (N, 1, H, H). */
  private Tensor grey(Tensor x) {
    return Tensors.sum(x.mul(device.place(Tensors.floats(LUMA, 1, 3, 1, 1))), 1).unsqueeze(1);
  }

  private Tensor factors(Tensor images, float[] draws, int colour) {
    float[] factors = new float[Math.toIntExact(images.size(0))];
    for (int i = 0; i < factors.length; i++) {
      float draw = draws[i * DRAWS + COLOURS + colour];
      factors[i] = (float) (1 + settings.jitter() * (2 * draw - 1));
    }
    return device.place(Tensors.floats(factors, factors.length, 1, 1, 1));
  }

  /** (N, 1, H, H): 0 within an image's hole, if it has one, and 1 elsewhere. */
  private Tensor outsideHoles(float[] draws, int n, int side) {
    float[] kept = new float[n * side * side];
    Arrays.fill(kept, 1);
    for (int i = 0; i < n; i++) {
      int at = i * DRAWS + HOLE;
      if (draws[at] < settings.erasing()) {
        double area = SMALLEST_HOLE + draws[at + 1] * (LARGEST_HOLE - SMALLEST_HOLE);
        Box hole = Box.of(rectangle(area, NARROWEST_HOLE, draws, at + 2), side);
        hole.fill(kept, i * side * side, side, 0);
      }
    }
    return Tensors.floats(kept, n, 1, side, side);
  }

  /**
   * Whole pixels of a square image: columns {@code left .. right - 1}, rows {@code top .. bottom -
   * 1}.
   */
  record Box(int left, int top, int right, int bottom) {
    /** The pixels of a rectangle, given by its centre and its sides as shares of the image's. */
    static Box of(double[] rectangle, int side) {
      return new Box(
          pixel(rectangle[0] - rectangle[2] / 2, side),
          pixel(rectangle[1] - rectangle[3] / 2, side),
          pixel(rectangle[0] + rectangle[2] / 2, side),
          pixel(rectangle[1] + rectangle[3] / 2, side));
    }

    private static int pixel(double share, int side) {
      return Math.toIntExact(Math.round(Math.max(0, Math.min(1, share)) * side));
    }

    /** How many pixels it has. */
    int pixels() {
      return (right - left) * (bottom - top);
    }

    /** Writes one value on its pixels of an image that begins at an index of {@code values}. */
    void fill(float[] values, int image, int side, float value) {
      for (int row = top; row < bottom; row++) {
        Arrays.fill(values, image + row * side + left, image + row * side + right, value);
      }
    }
  }
}
