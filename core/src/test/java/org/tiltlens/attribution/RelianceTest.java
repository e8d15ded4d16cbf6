package org.tiltlens.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class RelianceTest {
  private static final int SIDE = 64;
  private static final int IMAGES = 6;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** A value per row and column. */
  private interface Pattern {
    double at(int y, int x);
  }

  /** (1, 3, SIDE, SIDE), all channels alike. */
  private static Tensor pattern(Pattern pattern) {
    float[] values = new float[SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) pattern.at(i / SIDE, i % SIDE);
    }
    return Tensors.floats(values, 1, 1, SIDE, SIDE).repeat(1, 3, 1, 1);
  }

  /** The same picture several times: what differs between them is how they are shuffled. */
  private static Tensor copies(Tensor image) {
    return image.repeat(IMAGES, 1, 1, 1);
  }

  private static double[] kept(Reliance reliance) {
    return reliance.altered().stream()
        .filter(Reliance.Altered::took)
        .mapToDouble(each -> each.kept().value())
        .toArray();
  }

  @Test
  void aUnitThatReadsColourNeedsIt() {
    Tensor images = Tensors.scale(Noise.uniform(3, 0, 0, IMAGES, 3, SIDE, SIDE), 0.5);
    images.narrow(1, 0, 1).add_(Tensors.full(0.4, 1));
    UnitScore score = Readout.mean(x -> x.narrow(1, 0, 1).sub(x.narrow(1, 1, 1)));
    Reliance reliance = Reliance.of(score, images, 0, 45);
    assertThat(reliance.before().value()).isCloseTo(0.4, within(0.01));
    assertThat(kept(reliance)[0]).isCloseTo(1, within(1e-4));
    assertThat(kept(reliance)[1]).isCloseTo(1, within(0.02));
    assertThat(kept(reliance)[2]).isCloseTo(0, within(1e-5));
    assertThat(reliance.reading())
        .matches(
            "keeps 100 % when shuffled, \\d+ % when blurred, 0 % without colour: colour, not"
                + " shape, not fine texture");
    assertThat(reliance.images()).isEqualTo(IMAGES);
  }

  @Test
  void aUnitThatReadsACheckerboardNeedsFineTexture() {
    Tensor board = pattern((y, x) -> (y + x) % 2 == 0 ? 0.5 : -0.5);
    Reliance reliance = Reliance.of(Readout.weighing(board), copies(board), 0, 45);
    // Patches have an even side, so that shuffling moves no square to one of the other colour.
    assertThat(kept(reliance)[0]).isCloseTo(1, within(1e-5));
    assertThat(kept(reliance)[1]).isCloseTo(0, within(0.05));
    assertThat(reliance.reading())
        .endsWith(": fine texture, not shape; these images have no colour to tell by");
  }

  @Test
  void aUnitThatReadsALayoutNeedsShape() {
    Tensor halves = pattern((y, x) -> x < SIDE / 2 ? 1 : -1);
    Reliance reliance = Reliance.of(Readout.weighing(halves), copies(halves), 0, 45);
    assertThat(kept(reliance)[0]).isLessThan(0.3);
    assertThat(kept(reliance)[1]).isGreaterThan(0.9);
    assertThat(reliance.reading())
        .endsWith(": shape, not fine texture; these images have no colour to tell by");
  }

  /** Grey images among coloured ones keep their score, as they would without colour. */
  @Test
  void aGreyImageAmongColouredOnesKeepsItsScore() {
    List<double[]> scores = List.of(new double[] {3, 3, 3, Double.NaN}, new double[] {5, 5, 5, 1});
    Reliance reliance = Reliance.of(scores, 1, 7);
    assertThat(reliance.altered().get(2).took()).isTrue();
    assertThat(reliance.altered().get(2).mean().value()).isEqualTo(2);
    assertThat(kept(reliance)[2]).isEqualTo(1.0 / 3);
    assertThat(new Alteration.Grey().takesFrom(pattern((y, x) -> x / (double) SIDE))).isFalse();
  }

  @Test
  void sharesAreOfWhatLiesAboveTheFloor() {
    List<double[]> scores =
        List.of(new double[] {3, 1, 2, 3}, new double[] {5, 1, 3, 4}, new double[] {4, 1, 4, 2});
    Reliance reliance = Reliance.of(scores, 1, 7);
    assertThat(reliance.before().value()).isEqualTo(4);
    assertThat(kept(reliance)).containsExactly(0, 2.0 / 3, 2.0 / 3);
    assertThat(reliance.altered().get(1).mean().value()).isEqualTo(3);
    assertThat(reliance.altered().get(1).kept().low()).isLessThan(2.0 / 3);
    assertThat(reliance.reading())
        .isEqualTo(
            "keeps 0 % when shuffled, 67 % when blurred, 67 % without colour: shape, partly fine"
                + " texture, partly colour");
  }

  @Test
  void imagesThatDoNotDriveTheUnitHaveNoShares() {
    List<double[]> scores = List.of(new double[] {3, 1, 2, 3}, new double[] {1, 1, 3, 4});
    Reliance reliance = Reliance.of(scores, 1, 7);
    assertThat(reliance.altered()).allMatch(each -> each.kept() == null);
    assertThat(reliance.reading()).startsWith("not all of these images score above 1.000");
    assertThatThrownBy(() -> Reliance.of(scores.subList(0, 1), 0, 7))
        .hasMessageContaining("at least 2");
  }

  @Test
  void shufflingMovesWholePatchesAndLeavesTheBorder() {
    int side = 19; // 8 patches of 2 pixels, a border of 1 before and 2 behind
    float[] numbers = new float[3 * side * side];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    Tensor image = Tensors.floats(numbers, 1, 3, side, side);
    Alteration shuffle = new Alteration.Shuffled(8, 45);
    float[] shuffled = Tensors.toFloats(shuffle.of(image, 0));
    assertThat(shuffled).isNotEqualTo(numbers);
    for (int i = 0; i < shuffled.length; i++) {
      int y = i / side % side;
      int x = i % side;
      if (y < 1 || y >= 17 || x < 1 || x >= 17) {
        assertThat(shuffled[i]).isEqualTo(i);
      } else if (x % 2 == 1 && y % 2 == 1) {
        // The upper left pixel of a patch; its neighbours and its channel came along.
        int from = (int) shuffled[i];
        assertThat(from % side % 2).isEqualTo(1);
        assertThat(from / side % side % 2).isEqualTo(1);
        assertThat(from / (side * side)).isEqualTo(i / (side * side));
        assertThat(shuffled[i + 1]).isEqualTo(from + 1);
        assertThat(shuffled[i + side]).isEqualTo(from + side);
      }
    }
    float[] sorted = shuffled.clone();
    Arrays.sort(sorted);
    assertThat(sorted).isEqualTo(numbers);
    assertThat(Tensors.toFloats(shuffle.of(image, 0))).isEqualTo(shuffled);
    assertThat(Tensors.toFloats(shuffle.of(image, 1))).isNotEqualTo(shuffled);
    assertThatThrownBy(() -> shuffle.of(Tensors.zeros(1, 3, 7, 9), 0))
        .hasMessage("an image of shape 1x3x7x9 cannot be cut into 8 x 8 patches");
  }

  @Test
  void blurIsGaussian() {
    Tensor point = pattern((y, x) -> y == 30 && x == 33 ? 1 : 0);
    float[] blurred = Tensors.toFloats(new Alteration.Blurred(2).of(point, 0));
    double sum = 0;
    double spread = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
      sum += blurred[i];
      spread += blurred[i] * Math.pow(i % SIDE - 33, 2);
    }
    assertThat(sum).isCloseTo(1, within(1e-5));
    // exp(-(3^2 + 4^2) / (2 2^2)) at 3 down and 4 right of the point, over the value at the point.
    assertThat(blurred[33 * SIDE + 37] / blurred[30 * SIDE + 33])
        .isCloseTo((float) Math.exp(-25 / 8.0), within(1e-5f));
    // A variance of 4, less what lies beyond three deviations.
    assertThat(spread).isBetween(3.85, 4.0);
    float[] flat = Tensors.toFloats(new Alteration.Blurred(2).of(pattern((y, x) -> 0.3), 0));
    for (float value : flat) {
      assertThat(value).isCloseTo(0.3f, within(1e-6f));
    }
  }

  @Test
  void greyIsLuma() {
    Tensor image = Noise.uniform(5, 0, 0, 1, 3, 2, 2);
    float[] colours = Tensors.toFloats(image);
    float[] grey = Tensors.toFloats(new Alteration.Grey().of(image, 0));
    for (int i = 0; i < grey.length; i++) {
      double luma =
          0.299 * colours[i % 4] + 0.587 * colours[4 + i % 4] + 0.114 * colours[8 + i % 4];
      assertThat((double) grey[i]).isCloseTo(luma, within(1e-6));
    }
  }
}
