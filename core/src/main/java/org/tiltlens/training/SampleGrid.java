package org.tiltlens.training;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Images;

/** The first 64 samples side by side, eight to a row; threads may share it. */
final class SampleGrid {
  /** The file it is written to. */
  static final String FILE = "samples.png";

  private static final int COLUMNS = 8;
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

  /** Puts a sample in its place, or does nothing if that is beyond the grid. */
  synchronized void put(int index, Tensor image) {
    if (index < shown) {
      int[] pixels = Images.toImage(image).getRGB(0, 0, side, side, null, 0, side);
      picture.setRGB(index % COLUMNS * side, index / COLUMNS * side, side, side, pixels, 0, side);
    }
  }

  /** Writes {@link #FILE} whole or not at all. */
  void write(Path folder) throws IOException {
    Images.writePng(folder.resolve(FILE), picture);
  }
}
