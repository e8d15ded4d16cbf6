package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AutoencoderKl;
import org.tiltlens.unet.AutoencoderKlConfig;
import org.tiltlens.vision.HookPoint;

class AutoencoderLossTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static AutoencoderKl.Posterior posterior(double mean, double deviation) {
    return new AutoencoderKl.Posterior(
        Tensors.full(mean, 2, 4, 2, 2), Tensors.full(2 * Math.log(deviation), 2, 4, 2, 2));
  }

  private static double[] loss(
      AutoencoderLoss loss, Tensor x, Tensor y, AutoencoderKl.Posterior posterior) {
    return Tensors.toDoubles(loss.of(x, y, posterior));
  }

  @Test
  void whatComesBackAsItWasOfStandardLatentsLosesNothing() {
    Tensor x = Noise.uniform(1, 0, 0, 2, 3, 8, 8);
    AutoencoderLoss all =
        new AutoencoderLoss(
            1,
            Optional.of(new PerceptualLoss(new Pixels(), List.of(Pixels.AT, Pixels.SQUARED), 1)));
    assertThat(loss(all, x, x, posterior(0, 1))).containsExactly(0, 0);
  }

  @Test
  void theKlOfAKnownGaussianIsTheTextbooks() {
    Tensor x = Tensors.full(-0.5, 2, 3, 8, 8);
    Tensor y = Tensors.full(-0.25, 2, 3, 8, 8);
    double each = (0.3 * 0.3 + 0.5 * 0.5 - 1) / 2 - Math.log(0.5);
    double expected = 0.25 + 0.01 * each * (4 * 2 * 2) / (3 * 8 * 8.0);
    AutoencoderLoss plain = new AutoencoderLoss(0.01, Optional.empty());
    assertThat(loss(plain, x, y, posterior(0.3, 0.5)))
        .containsExactly(new double[] {expected, expected}, within(1e-7));
    double[] divergence = Tensors.toDoubles(posterior(0.3, 0.5).divergence());
    assertThat(divergence).hasSize(32);
    assertThat(divergence[31]).isCloseTo(each, within(1e-6));
  }

  /**
   * Directions (3, 4, 0) / 5 and (0, 0, 1); of the squares (9, 16, 0) / sqrt(337) and (0, 0, 1).
   */
  @Test
  void activationsAreComparedByDirection() {
    Tensor x = colour(0.3f, 0.4f, 0);
    Tensor y = colour(0, 0, 0.9f);
    Tensor z = colour(0.8f, 0.6f, 0);
    assertThat(perceptual(x, y, Pixels.AT)).isCloseTo(2, within(1e-6));
    assertThat(perceptual(x, Tensors.scale(x, 2), Pixels.AT)).isCloseTo(0, within(1e-6));
    double pixels = 2 - 2 * (3 * 8 + 4 * 6) / 50.0;
    double squares = 2 - 2 * (9 * 64 + 16 * 36) / Math.sqrt((81 + 256.0) * (64 * 64 + 36 * 36));
    assertThat(perceptual(x, z, Pixels.AT, Pixels.SQUARED))
        .isCloseTo((pixels + squares) / 2, within(1e-6));
  }

  private static double perceptual(Tensor x, Tensor y, HookPoint... at) {
    return new PerceptualLoss(new Pixels(), List.of(at), 0.5).of(x, y).item_double() / 0.5;
  }

  private static Tensor colour(float r, float g, float b) {
    return Tensors.floats(new float[] {r, g, b}, 1, 3, 1, 1).expand(1, 3, 4, 4).contiguous();
  }

  @Test
  void usualHookPointsAreSpreadOverTheBlocks() {
    assertThat(PerceptualLoss.spread(new Pixels()))
        .containsExactly(Pixels.AT, Pixels.NEGATED, Pixels.SQUARED);
    assertThatThrownBy(() -> new PerceptualLoss(new Pixels(), List.of(), 1))
        .hasMessageContaining("a hook point at least");
    assertThatThrownBy(() -> new PerceptualLoss(new Pixels(), List.of(Pixels.AT), -1))
        .hasMessage("perceptual weight: -1.0, must be in [0, 1000]");
  }

  /** In float64, so that a step of 1e-6 is not lost in rounding. */
  @Test
  void theGradientIsThatOfFiniteDifferences() {
    AutoencoderKlConfig config = new AutoencoderKlConfig(List.of(4, 6), 1, 2, 2);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    AutoencoderKl.shapes(config)
        .forEach(
            (name, shape) -> {
              long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
              Tensor draw = Tensors.float64(Noise.normal(5, name.hashCode(), 0, sizes));
              weights.put(name, Autograd.leaf(Tensors.scale(draw, 0.3)));
            });
    List<String> names = new ArrayList<>(weights.keySet());
    List<Tensor> gradients =
        Autograd.gradients(loss(config, weights), new ArrayList<>(weights.values()));
    for (int i = 0; i < names.size(); i++) {
      Tensor weight = weights.get(names.get(i)).detach();
      Tensor direction = Tensors.float64(Noise.normal(6, i, 0, Tensors.shape(weight)));
      double step = 1e-6;
      double up = moved(config, weights, names.get(i), weight, direction, step);
      double down = moved(config, weights, names.get(i), weight, direction, -step);
      double expected = gradients.get(i).mul(direction).sum().item_double();
      assertThat((up - down) / (2 * step))
          .as(names.get(i))
          .isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
    }
    assertThat(names)
        .contains("encoder.conv_in.weight", "quant_conv.bias", "decoder.conv_out.bias");
  }

  private static double moved(
      AutoencoderKlConfig config,
      Map<String, Tensor> weights,
      String name,
      Tensor weight,
      Tensor direction,
      double step) {
    Map<String, Tensor> other = new LinkedHashMap<>(weights);
    other.put(name, weight.add(Tensors.scale(direction, step)));
    return loss(config, other).item_double();
  }

  private static Tensor loss(AutoencoderKlConfig config, Map<String, Tensor> weights) {
    Tensor images = Tensors.float64(Noise.uniform(7, 0, 0, 2, 3, 8, 8));
    Tensor noise = Tensors.float64(Noise.normal(8, 0, 0, 2, 2, 4, 4));
    PerceptualLoss perceptual =
        new PerceptualLoss(new Pixels(), List.of(Pixels.AT, Pixels.SQUARED), 0.5);
    return new AutoencoderLoss(0.1, Optional.of(perceptual))
        .of(new AutoencoderKl(config, Weights.of(weights)), images, noise)
        .sum();
  }
}
