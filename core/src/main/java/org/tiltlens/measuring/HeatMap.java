package org.tiltlens.measuring;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.DoublePredicate;
import java.util.function.DoubleToIntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.tiltlens.run.WholeFile;

/** A map of activations, or of what explains them, as a picture to lay over its image. */
public final class HeatMap {
  private static final int OPAQUE = 200;

  /** Side of an overlay over that of its image. */
  private static final int ENLARGED = 4;

  private static final int ORANGE = 0xFF7A00;
  private static final int BLUE = 0x2F7BFF;
  private static final int DARK = 0xE0101010;
  private static final int LIGHT = 0xF0FFFFFF;

  /** A line's width is this part of the picture's. */
  private static final int LINES = 120;

  private HeatMap() {}

  /**
   * The map, enlarged bilinearly, in one colour (orange) whose opacity grows with the activation:
   * transparent at 0 and below, {@value #OPAQUE} of 255 at {@code highest}. A line, dark within and
   * light without so that it shows on any photograph, goes where it is half of that.
   *
   * @param map rows of values
   * @param highest the value of full colour, above 0
   * @param width of the picture, in pixels
   * @param height of the picture, in pixels
   */
  public static BufferedImage of(double[][] map, double highest, int width, int height) {
    return outlined(
        painted(map, value -> alpha(value / highest) << 24 | ORANGE, width, height),
        map,
        value -> value >= highest / 2);
  }

  /**
   * Writes the PNG of {@link #of} to lay over an image, {@value #ENLARGED} times as large as it.
   *
   * @param width of the image, in pixels
   * @param height of the image, in pixels
   */
  public static void writeOver(Path file, double[][] map, double highest, long width, long height)
      throws IOException {
    WholeFile.writePng(file, of(map, highest, ENLARGED * (int) width, ENLARGED * (int) height));
  }

  /** The largest value in some maps; 1 if none is above 0. */
  public static double highest(Stream<double[][]> maps) {
    double highest = maps.flatMap(Arrays::stream).flatMapToDouble(DoubleStream::of).max().orElse(1);
    return highest > 0 ? highest : 1;
  }

  /**
   * The same with both signs: orange above 0, blue below it, each as opaque as far from 0.
   *
   * @param most the distance of full colour, above 0
   */
  public static BufferedImage signed(double[][] map, double most, int width, int height) {
    return outlined(
        painted(
            map,
            value -> alpha(Math.abs(value) / most) << 24 | (value < 0 ? BLUE : ORANGE),
            width,
            height),
        map,
        value -> Math.abs(value) >= most / 2);
  }

  private static BufferedImage painted(
      double[][] map, DoubleToIntFunction colour, int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double value = at(map, (y + 0.5) / height, (x + 0.5) / width);
        picture.setRGB(x, y, colour.applyAsInt(value));
      }
    }
    return picture;
  }

  /**
   * Draws the border of where the map is {@code strong}: a pixel belongs to it if the other side is
   * less than a line's width away.
   */
  private static BufferedImage outlined(
      BufferedImage picture, double[][] map, DoublePredicate strong) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    boolean[][] inside = new boolean[height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        inside[y][x] = strong.test(at(map, (y + 0.5) / height, (x + 0.5) / width));
      }
    }
    int line = Math.max(1, width / LINES);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (isBorder(inside, y, x, line)) {
          picture.setRGB(x, y, inside[y][x] ? DARK : LIGHT);
        }
      }
    }
    return picture;
  }

  private static boolean isBorder(boolean[][] inside, int y, int x, int line) {
    for (int dy = -line; dy <= line; dy++) {
      for (int dx = -line; dx <= line; dx++) {
        int row = y + dy;
        int column = x + dx;
        if (dx * dx + dy * dy <= line * line
            && row >= 0
            && row < inside.length
            && column >= 0
            && column < inside[0].length
            && inside[row][column] != inside[y][x]) {
          return true;
        }
      }
    }
    return false;
  }

  private static int alpha(double share) {
    return (int) Math.round(OPAQUE * Math.max(0, Math.min(1, share)));
  }

  /** The largest distance from 0 in a map; 1 if all of it is 0. */
  public static double largest(double[][] map) {
    double largest =
        Arrays.stream(map).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
    return largest > 0 ? largest : 1;
  }

  /** Bilinear between the cells' centres, constant beyond the outermost ones. */
  private static double at(double[][] map, double row, double column) {
    double y = clamp(row * map.length - 0.5, map.length - 1);
    double x = clamp(column * map[0].length - 0.5, map[0].length - 1);
    int top = (int) y;
    int left = (int) x;
    int bottom = Math.min(top + 1, map.length - 1);
    int right = Math.min(left + 1, map[0].length - 1);
    double above = mix(map[top][left], map[top][right], x - left);
    double below = mix(map[bottom][left], map[bottom][right], x - left);
    return mix(above, below, y - top);
  }

  private static double mix(double a, double b, double share) {
    return a + share * (b - a);
  }

  private static double clamp(double value, double most) {
    return Math.max(0, Math.min(most, value));
  }
}
