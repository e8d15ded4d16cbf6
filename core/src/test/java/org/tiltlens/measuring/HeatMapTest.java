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
    BufferedImage picture = HeatMap.of(new double[][] {{0, 4}, {-3, 2}}, 4, 80, 80);
    assertThat(alpha(picture, 0, 0)).isZero();
    assertThat(alpha(picture, 79, 0)).isEqualTo(200);
    assertThat(alpha(picture, 0, 79)).isZero();
    // Columns 19.5 and 59.5 are the cells' centres, so column 29 is 9.5/40 of the way.
    assertThat(alpha(picture, 29, 0)).isEqualTo(48);
    assertThat(alpha(picture, 49, 0)).isEqualTo(148);
  }

  @Test
  void aLineOfTwoColoursGoesAlongTheHalfOfFullColour() {
    BufferedImage picture = HeatMap.of(new double[][] {{0, 4}}, 4, 80, 80);
    // The half is reached between columns 39 and 40: light without, dark within.
    assertThat(picture.getRGB(39, 40) & 0xFFFFFF).isEqualTo(0xFFFFFF);
    assertThat(picture.getRGB(40, 40) & 0xFFFFFF).isEqualTo(0x101010);
    assertThat(picture.getRGB(37, 40) & 0xFFFFFF).isEqualTo(0xFF7A00);
    BufferedImage both = HeatMap.signed(new double[][] {{-4, 4}}, 4, 80, 80);
    assertThat(both.getRGB(29, 40) & 0xFFFFFF).isEqualTo(0x101010);
    assertThat(both.getRGB(30, 40) & 0xFFFFFF).isEqualTo(0xFFFFFF);
    assertThat(both.getRGB(50, 40) & 0xFFFFFF).isEqualTo(0x101010);
  }
}
