package org.tiltlens.corpus;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * A decoded image: bytes of one grey or three colour planes, row by row.
 *
 * <p>Transparency is ignored, as PIL's {@code convert("RGB")} does.
 */
final class RawImage {
  private final int width;
  private final int height;
  private final byte[] planes;

  /**
   * Takes the bytes over.
   *
   * @param planes width x height bytes of grey, or three times as many: red, green, blue
   */
  RawImage(int width, int height, byte[] planes) {
    if (planes.length != width * height && planes.length != 3 * width * height) {
      throw new IllegalArgumentException(
          planes.length + " bytes for an image of " + width + "x" + height);
    }
    this.width = width;
    this.height = height;
    this.planes = planes;
  }

  /**
   * The pixels of a decoded image.
   *
   * @throws BrokenImageException if its colours are of a kind that is not read, such as CIELAB
   */
  static RawImage of(BufferedImage image) throws BrokenImageException {
    return new RawImage(image.getWidth(), image.getHeight(), planes(image));
  }

  private static byte[] planes(BufferedImage image) throws BrokenImageException {
    ColorSpace space = image.getColorModel().getColorSpace();
    return switch (space.getType()) {
      case ColorSpace.TYPE_GRAY -> samples(image.getRaster(), 1);
      case ColorSpace.TYPE_RGB ->
          // So the reader of TIFF calls what it made of YCbCr, which is no linear light.
          space == ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB)
              ? samples(image.getRaster(), 3)
              : colour(image);
      case ColorSpace.TYPE_CMYK -> inks(samples(image.getRaster(), 4));
      default ->
          throw new BrokenImageException(
              Skipped.DAMAGED,
              "has colours of a kind that is not read (CIELAB?): convert it to RGB");
    };
  }

  /**
   * The samples as they are, plane by plane: {@code getRGB} would take grey for linear light and
   * brighten it by the sRGB curve.
   */
  private static byte[] samples(Raster raster, int bands) {
    int width = raster.getWidth();
    int size = width * raster.getHeight();
    byte[] planes = new byte[bands * size];
    int[] row = new int[width];
    for (int band = 0; band < bands; band++) {
      int shift = raster.getSampleModel().getSampleSize(band) - 8;
      for (int y = 0; y < raster.getHeight(); y++) {
        raster.getSamples(0, y, width, 1, band, row);
        for (int x = 0; x < width; x++) {
          planes[band * size + y * width + x] =
              (byte) (shift >= 0 ? row[x] >> shift : row[x] << -shift);
        }
      }
    }
    return planes;
  }

  /** Cyan, magenta, yellow and black to red, green, blue, as PIL has it: each ink takes light. */
  private static byte[] inks(byte... planes) {
    int size = planes.length / 4;
    byte[] light = new byte[3 * size];
    for (int i = 0; i < light.length; i++) {
      int unprinted = 255 - (planes[3 * size + i % size] & 0xFF);
      light[i] = (byte) Math.round((255 - (planes[i] & 0xFF)) * unprinted / 255.0);
    }
    return light;
  }

  private static byte[] colour(BufferedImage image) {
    int width = image.getWidth();
    int size = width * image.getHeight();
    byte[] planes = new byte[3 * size];
    int[] row = new int[width];
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++) {
        int at = y * width + x;
        planes[at] = (byte) (row[x] >> 16);
        planes[size + at] = (byte) (row[x] >> 8);
        planes[2 * size + at] = (byte) row[x];
      }
    }
    return planes;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  private int channels() {
    return planes.length / (width * height);
  }

  /** The middle of the image, of this width and height. */
  RawImage middle(int w, int h) {
    if (w == width && h == height) {
      return this;
    }
    byte[] part = new byte[channels() * w * h];
    int left = (width - w) / 2;
    int top = (height - h) / 2;
    for (int row = 0; row < channels() * h; row++) {
      int y = row / h * height + top + row % h;
      System.arraycopy(planes, y * width + left, part, row * w, w);
    }
    return new RawImage(w, h, part);
  }

  /**
   * The image turned and mirrored so that it is upright.
   *
   * @param orientation which of its sides are the top and the left, as in {@link Exif}
   */
  RawImage upright(int orientation) {
    if (orientation == Exif.UPRIGHT) {
      return this;
    }
    boolean turned = orientation > 4;
    // Exif's table: what is at the right, or below, in the file comes first in the upright image.
    boolean fromRight =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean fromBelow =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int right = fromRight ? -1 : 1;
    int down = fromBelow ? -width : width;
    int w = turned ? height : width;
    int h = turned ? width : height;
    byte[] moved = new byte[planes.length];
    for (int row = 0; row < channels() * h; row++) {
      int corner = row / h * width * height;
      corner += (fromBelow ? (height - 1) * width : 0) + (fromRight ? width - 1 : 0);
      int at = corner + row % h * (turned ? right : down);
      for (int x = 0; x < w; x++) {
        moved[row * w + x] = planes[at];
        at += turned ? down : right;
      }
    }
    return new RawImage(w, h, moved);
  }

  /**
   * The image with every {@code factor} x {@code factor} pixels averaged; an incomplete last row or
   * column is dropped.
   */
  RawImage reduced(int factor) {
    if (factor <= 1) {
      return this;
    }
    int w = width / factor;
    int h = height / factor;
    byte[] means = new byte[channels() * w * h];
    int[] sums = new int[w];
    for (int row = 0; row < channels() * h; row++) {
      Arrays.fill(sums, 0);
      int top = row / h * height + row % h * factor;
      for (int y = top; y < top + factor; y++) {
        for (int x = 0; x < w * factor; x++) {
          sums[x / factor] += planes[y * width + x] & 0xFF;
        }
      }
      for (int x = 0; x < w; x++) {
        means[row * w + x] = (byte) ((sums[x] + factor * factor / 2) / (factor * factor));
      }
    }
    return new RawImage(w, h, means);
  }

  /** (3, height, width) in [-1, 1]; grey is repeated. */
  Tensor toTensor() {
    float[] values = new float[planes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (planes[i] & 0xFF) / 127.5f - 1;
    }
    Tensor tensor = Tensors.floats(values, channels(), height, width);
    return tensor.expand(3, height, width).contiguous();
  }
}
