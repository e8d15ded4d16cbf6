package org.tiltlens.measuring;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class HeatMapTest {
  private static int alpha(BufferedImage picture, int x, int y) {
    return picture.getRGB(x, y) >>> 24;
  }

  @Test
  void opacityFollowsTheActivationBetweenTheCellsCentres() {
    BufferedImage picture = HeatMap.of(new double[][] {{0, 4}, {-3, 2}}, 4, 8, 8);
    assertThat(alpha(picture, 0, 0)).isZero();
    assertThat(alpha(picture, 7, 0)).isEqualTo(200);
    assertThat(alpha(picture, 7, 7)).isEqualTo(100);
    assertThat(alpha(picture, 0, 7)).isZero();
    // Columns 1.5 and 5.5 are the cells' centres, so column 3 is 3/8 and column 4 is 5/8 of the
    // way.
    assertThat(alpha(picture, 3, 0)).isEqualTo(75);
    assertThat(alpha(picture, 4, 0)).isEqualTo(125);
  }
}
