package org.tiltlens.study;

import java.awt.image.BufferedImage;

/** An activation map as a picture to lay over its image. */
final class HeatMap {
  private static final int OPAQUE = 200;

  private HeatMap() {}

  /**
   * The map, enlarged bilinearly, in one colour (orange) whose opacity grows with the activation:
   * transparent at 0 and below, {@value #OPAQUE} of 255 at {@code highest}.
   *
   * @param map rows of values
   * @param highest the value of full colour, above 0
   * @param width of the picture, in pixels
   * @param height of the picture, in pixels
   */
  static BufferedImage of(double[][] map, double highest, int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double value = at(map, (y + 0.5) / height, (x + 0.5) / width) / highest;
        int alpha = (int) Math.round(OPAQUE * Math.max(0, Math.min(1, value)));
        picture.setRGB(x, y, alpha << 24 | 0xFF7A00);
      }
    }
    return picture;
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
