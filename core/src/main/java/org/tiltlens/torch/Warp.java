package org.tiltlens.torch;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Images (N, C, H, W) moved, turned, cropped and resized; differentiable. What comes from outside
 * of an image is 0, but for {@link #windows}.
 */
public final class Warp {
  static {
    Engine.start();
  }

  private static final int BILINEAR = 0;
  private static final int ZEROS = 0;
  private static final int BORDER = 1;

  private Warp() {}

  /** A border of {@code width} pixels of one value on every side. */
  public static Tensor pad(Tensor x, int width, double value) {
    return pad(x, width, width, width, width, value);
  }

  private static Tensor pad(Tensor x, int left, int right, int top, int bottom, double value) {
    return torch.constant_pad_nd(x, new long[] {left, right, top, bottom}, new Scalar(value));
  }

  /** Everything {@code right} and {@code down} by whole pixels, which may be negative. */
  public static Tensor move(Tensor x, int right, int down) {
    return pad(x, right, -right, down, -down, 0);
  }

  /** As {@link #move}, but what leaves on one side comes back on the other. */
  public static Tensor roll(Tensor x, int right, int down) {
    return torch.roll(x, new long[] {down, right}, -2, -1);
  }

  /** Turned counter-clockwise about the centre of square images, bilinearly. */
  public static Tensor rotate(Tensor x, double degrees) {
    if (x.size(2) != x.size(3)) {
      throw new IllegalArgumentException(
          "images of shape " + Tensors.describe(x) + " cannot be turned, they must be square");
    }
    float cos = (float) Math.cos(Math.toRadians(degrees));
    float sin = (float) Math.sin(Math.toRadians(degrees));
    Tensor inverse = Tensors.floats(new float[] {cos, -sin, 0, sin, cos, 0}, 1, 2, 3);
    Tensor grid =
        torch.affine_grid_generator(
            inverse.expand(x.size(0), 2, 3), new long[] {x.size(0), 1, x.size(2), x.size(3)}, true);
    return torch.grid_sampler(x, grid, BILINEAR, ZEROS, true);
  }

  /** Bilinear resize that keeps the corner pixels' centres where they are, not antialiased. */
  public static Tensor resizeByCorners(Tensor x, int height, int width) {
    return torch.upsample_bilinear2d(
        x, new long[] {height, width}, true, new DoubleOptional(), new DoubleOptional());
  }

  /**
   * Square crops of one image, each resized to {@code side} pixels.
   *
   * <p>Every pixel of a crop is the mean of {@code perSide^2} bilinear readings spread evenly over
   * it, as in region-of-interest alignment (He et al. 2017, <em>Mask R-CNN</em>, section 3); the
   * image's pixel i is at position i.
   *
   * @param image (1, C, H, H)
   * @param crops horizontal centre, vertical centre and side of each, as shares of H
   * @return (crops, C, side, side)
   */
  public static Tensor crops(Tensor image, double[][] crops, int side, int perSide) {
    double positions = image.size(-1);
    float[] places = new float[6 * crops.length];
    for (int i = 0; i < crops.length; i++) {
      places[6 * i] = (float) (crops[i][2] * positions / (positions - 1));
      places[6 * i + 2] = (float) (2 * crops[i][0] * positions / (positions - 1) - 1);
      places[6 * i + 4] = places[6 * i];
      places[6 * i + 5] = (float) (2 * crops[i][1] * positions / (positions - 1) - 1);
    }
    long readings = (long) side * perSide;
    Tensor grid =
        torch.affine_grid_generator(
            Tensors.floats(places, crops.length, 2, 3),
            new long[] {crops.length, 1, readings, readings},
            false);
    Tensor each = image.expand(crops.length, image.size(1), image.size(2), image.size(3));
    Tensor read = torch.grid_sampler(each, grid, BILINEAR, ZEROS, true);
    return perSide == 1 ? read : torch.avg_pool2d(read, perSide, perSide);
  }

  /**
   * A window of each image, resized to the image's own size by one bilinear reading for each pixel:
   * smooth where it is enlarged. Beyond the outermost pixels' centres their values go on.
   *
   * @param images (N, C, H, W)
   * @param windows horizontal centre, vertical centre, width and height of each, as shares of the
   *     image's sides
   * @param device where the images are
   * @return (N, C, H, W)
   */
  public static Tensor windows(Tensor images, double[][] windows, Device device) {
    float[] places = new float[6 * windows.length];
    for (int i = 0; i < windows.length; i++) {
      places[6 * i] = (float) windows[i][2];
      places[6 * i + 2] = (float) (2 * windows[i][0] - 1);
      places[6 * i + 4] = (float) windows[i][3];
      places[6 * i + 5] = (float) (2 * windows[i][1] - 1);
    }
    Tensor grid =
        torch.affine_grid_generator(
            device.place(Tensors.floats(places, windows.length, 2, 3)),
            new long[] {windows.length, 1, images.size(2), images.size(3)},
            false);
    return torch.grid_sampler(images, grid, BILINEAR, BORDER, false);
  }
}
