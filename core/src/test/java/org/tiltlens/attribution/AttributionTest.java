package org.tiltlens.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class AttributionTest {
  private static final int HEIGHT = 7;
  private static final int WIDTH = 9;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor random(long seed) {
    return Noise.normal(seed, 0, 0, 1, 3, HEIGHT, WIDTH);
  }

  private static double at(float[] planes, int channel, int y, int x) {
    return planes[(channel * HEIGHT + y) * WIDTH + x];
  }

  private static double sum(double... values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  /** 1 in the upper left 2 x 2 pixels of red, 0 elsewhere. */
  private static Tensor corner() {
    Tensor corner = Tensors.zeros(1, 3, HEIGHT, WIDTH);
    corner.narrow(1, 0, 1).narrow(2, 0, 2).narrow(3, 0, 2).copy_(Tensors.full(1, 1));
    return corner;
  }

  static List<Attribution> methods() {
    return List.of(
        new ActivationMap(),
        new GradientTimesActivation(),
        new GradientTimesActivation(Optional.of(Readout.PIXELS)),
        new GradCam(),
        new Occlusion(1, 1));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aUnitThatReadsACornerIsExplainedByIt(Attribution method) {
    Tensor heat = method.of(Readout.weighing(corner()), corner());
    assertThat(Tensors.shape(heat)).containsExactly(HEIGHT, WIDTH);
    double[] values = Tensors.toDoubles(heat);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        if (y < 2 && x < 2) {
          assertThat(values[y * WIDTH + x]).isPositive();
        } else {
          assertThat(values[y * WIDTH + x]).isZero();
        }
      }
    }
  }

  @Test
  void gradientTimesActivationOfALinearUnitIsItsContributionAndSumsToTheScore() {
    float[] weights = Tensors.toFloats(random(1));
    float[] pixels = Tensors.toFloats(random(2));
    UnitScore score = Readout.weighing(random(1));
    for (GradientTimesActivation method :
        List.of(
            new GradientTimesActivation(),
            new GradientTimesActivation(Optional.of(Readout.PIXELS)))) {
      double[] heat = Tensors.toDoubles(method.of(score, random(2)));
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          double expected = 0;
          for (int c = 0; c < 3; c++) {
            expected += at(weights, c, y, x) * at(pixels, c, y, x) / (HEIGHT * WIDTH);
          }
          assertThat(heat[y * WIDTH + x]).isCloseTo(expected, within(1e-6));
        }
      }
      assertThat(sum(heat)).isCloseTo(score.of(random(2)).item_double(), within(1e-5));
    }
  }

  /** alpha_c is the mean weight of a channel over H W; the heat what is positive of the sum. */
  @Test
  void gradCamWeighsChannelsByTheirMeanGradient() {
    float[] weights = Tensors.toFloats(random(1));
    float[] pixels = Tensors.toFloats(random(2));
    double[] alpha = new double[3];
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < HEIGHT * WIDTH; i++) {
        alpha[c] += weights[c * HEIGHT * WIDTH + i] / Math.pow(HEIGHT * WIDTH, 2);
      }
    }
    Attribution method = new GradCam(Optional.of(Readout.PIXELS));
    double[] heat = Tensors.toDoubles(method.of(Readout.weighing(random(1)), random(2)));
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        double expected = 0;
        for (int c = 0; c < 3; c++) {
          expected += alpha[c] * at(pixels, c, y, x);
        }
        assertThat(heat[y * WIDTH + x]).isCloseTo(Math.max(0, expected), within(1e-7));
      }
    }
    assertThat(heat).contains(0.0);
    assertThat(sum(heat)).isPositive();
  }

  /** A patch takes sum w (x - mean colour) over its pixels from a linear score. */
  @ParameterizedTest
  @CsvSource({"3, 2", "3, 3", "1, 1", "7, 5"})
  void occlusionOfALinearUnitTakesWhatThePatchHeld(int patch, int stride) {
    float[] weights = Tensors.toFloats(random(1));
    float[] pixels = Tensors.toFloats(random(2));
    double[] mean = new double[3];
    for (int i = 0; i < pixels.length; i++) {
      mean[i / (HEIGHT * WIDTH)] += pixels[i] / (double) (HEIGHT * WIDTH);
    }
    double[] drops = new double[HEIGHT * WIDTH];
    int[] covers = new int[HEIGHT * WIDTH];
    for (int top : starts(HEIGHT, patch, stride)) {
      for (int left : starts(WIDTH, patch, stride)) {
        double drop = 0;
        for (int i = 0; i < 3 * patch * patch; i++) {
          int c = i / (patch * patch);
          int y = top + i / patch % patch;
          int x = left + i % patch;
          drop += at(weights, c, y, x) * (at(pixels, c, y, x) - mean[c]) / (HEIGHT * WIDTH);
        }
        for (int i = 0; i < patch * patch; i++) {
          drops[(top + i / patch) * WIDTH + left + i % patch] += drop;
          covers[(top + i / patch) * WIDTH + left + i % patch]++;
        }
      }
    }
    double[] heat =
        Tensors.toDoubles(new Occlusion(patch, stride).of(Readout.weighing(random(1)), random(2)));
    for (int i = 0; i < heat.length; i++) {
      assertThat(heat[i]).isCloseTo(drops[i] / covers[i], within(1e-5));
    }
  }

  private static List<Integer> starts(int side, int patch, int stride) {
    return Stream.concat(
            Stream.iterate(0, i -> i < side - patch, i -> i + stride), Stream.of(side - patch))
        .toList();
  }

  @Test
  void aNeuronsMapHasItsOwnPositionOnly() {
    UnitScore score = Readout.score(x -> x, Readout.PIXELS, new Unit.Neuron(2, 4, 5));
    double[] map = Tensors.toDoubles(new ActivationMap().of(score, random(2)));
    float[] pixels = Tensors.toFloats(random(2));
    assertThat(map).hasSize(HEIGHT * WIDTH);
    assertThat(map[4 * WIDTH + 5]).isEqualTo(at(pixels, 2, 4, 5)).isNotZero();
    assertThat(sum(map)).isEqualTo(map[4 * WIDTH + 5]);
  }

  @Test
  void aScoreWithoutGradientHasNoHeat() {
    UnitScore score = Readout.mean(x -> Tensors.sum(x.relu().mul(x.neg().relu()), 1).unsqueeze(1));
    assertThat(Tensors.toDoubles(new GradientTimesActivation().of(score, random(2))))
        .containsOnly(0);
  }

  @Test
  void whatCannotBeReadIsRefused() {
    UnitScore score = Readout.score(x -> x, Readout.PIXELS, new Unit.Channel(0));
    assertThatThrownBy(() -> new GradCam(Optional.of(Readout.MADE)).of(score, random(2)))
        .hasMessage(
            "'pixels.hook_resid_post' is not on the way to the unit at 'pixels.hook_resid_pre'");
    assertThatThrownBy(() -> new ActivationMap().of(score, Tensors.zeros(2, 3, 4, 4)))
        .hasMessage("an image of shape 2x3x4x4: expected 1x3xHxW");
    assertThatThrownBy(() -> new Occlusion(8, 8).of(score, random(2)))
        .hasMessage("occlusion patch of 8 pixels, must be at most the image's side, 7");
    assertThatThrownBy(() -> new Occlusion(0, 1)).hasMessageContaining("must be at least 1");
    assertThatThrownBy(() -> new Occlusion(4, 5))
        .hasMessageContaining("occlusion stride of 5 pixels, must be in 1..4");
    assertThatThrownBy(() -> new Occlusion(1, 1).of(score, Tensors.zeros(1, 3, 257, 256)))
        .hasMessageContaining("257 x 256 places, more than 65536");
  }
}
