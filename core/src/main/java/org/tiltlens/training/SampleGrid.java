package org.tiltlens.training;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Images;

/** The first 64 images side by side, eight to a row; threads may share it. */
final class SampleGrid {
  /** The file that samples are written to. */
  static final String FILE = "samples.png";

  static final int COLUMNS = 8;

  private static final int SHOWN = COLUMNS * COLUMNS;

  private final int shown;
  private final int side;
  private final BufferedImage picture;

  /**
   * An empty grid.
   *
   * @param samples how many there will be, at least 1
   * @param side of each, in pixels
   */
  SampleGrid(int samples, int side) {
    shown = Math.min(SHOWN, samples);
    this.side = side;
    int rows = (shown + COLUMNS - 1) / COLUMNS;
    picture = new BufferedImage(COLUMNS * side, rows * side, BufferedImage.TYPE_INT_RGB);
  }

  /**
   * An empty grid of so many pairs, at most 32, of one above the other.
   *
   * @param side of each image, in pixels
   */
  static SampleGrid ofPairs(int pairs, int side) {
    return new SampleGrid(below(pairs - 1) + 1, side);
  }

  /** The place below that of an image of a pair, eight pairs to two rows. */
  private static int below(int pair) {
    return above(pair) + COLUMNS;
  }

  private static int above(int pair) {
    return pair / COLUMNS * 2 * COLUMNS + pair % COLUMNS;
  }

  /** Puts a pair in its place. */
  void putPair(int pair, Tensor above, Tensor below) {
    put(above(pair), above);
    put(below(pair), below);
  }

  /** Puts a sample in its place, or does nothing if that is beyond the grid. */
  synchronized void put(int index, Tensor image) {
    if (index < shown) {
      int[] pixels = Images.toImage(image).getRGB(0, 0, side, side, null, 0, side);
      picture.setRGB(index % COLUMNS * side, index / COLUMNS * side, side, side, pixels, 0, side);
    }
  }

  /** Puts an image of another grid of the same sides in a place. */
  void put(int index, SampleGrid other, int at) {
    int[] pixels =
        other.picture.getRGB(at % COLUMNS * side, at / COLUMNS * side, side, side, null, 0, side);
    picture.setRGB(index % COLUMNS * side, index / COLUMNS * side, side, side, pixels, 0, side);
  }

  /** Writes it whole or not at all. */
  void write(Path file) throws IOException {
    Images.writePng(file, picture);
  }
}
