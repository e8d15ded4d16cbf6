package org.tiltlens.training;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/**
 * Each image of a batch together with that of the same place from the batch's end, in one
 * proportion for all: mixup, or CutMix.
 *
 * @param images (N, 3, H, H)
 * @param share how much of an image's label is its own, in [0, 1]; the rest is its partner's
 */
record Mixture(Tensor images, double share) {
  /** What has to be drawn until a Beta number is found; far more pairs than that takes. */
  private static final int PAIRS = 64;

  /**
   * What a step makes of its images; these themselves if nothing is to be mixed.
   *
   * @param images (N, 3, H, H)
   */
  static Mixture of(Tensor images, Regularisation settings, long seed, long step, Device device) {
    if (settings.mixup() == 0 && settings.cutmix() == 0) {
      return new Mixture(images, 1);
    }
    float[] draws =
        Tensors.toFloats(Noise.uniform(seed, RandomStream.MIXTURE, step, 3 + 2L * PAIRS));
    boolean pastes = settings.mixup() == 0 || settings.cutmix() > 0 && draws[0] < 0.5;
    double share = beta(pastes ? settings.cutmix() : settings.mixup(), draws);
    return pastes ? pasted(images, share, draws[1], draws[2], device) : averaged(images, share);
  }

  /** {@code share x + (1 - share) partner}. */
  static Mixture averaged(Tensor images, double share) {
    Tensor mixed = Tensors.scale(images, share).add(Tensors.scale(images.flip(0), 1 - share));
    return new Mixture(mixed, share);
  }

  /**
   * A square of the partner with the rest of the area, about a centre that may be near the border:
   * then less is pasted, and the share is what is left.
   */
  static Mixture pasted(Tensor images, double share, double x, double y, Device device) {
    int side = Math.toIntExact(images.size(3));
    double cut = Math.sqrt(1 - share);
    Distortion.Box box = Distortion.Box.of(new double[] {x, y, cut, cut}, side);
    float[] own = new float[side * side];
    Arrays.fill(own, 1);
    box.fill(own, 0, side, 0);
    Tensor mask = device.place(Tensors.floats(own, 1, 1, side, side));
    Tensor partners = images.flip(0);
    return new Mixture(
        partners.add(images.sub(partners).mul(mask)), 1 - box.pixels() / (double) (side * side));
  }

  /**
   * Jöhnk's (1964): {@code a / (a + b)} of {@code a = u^(1/alpha)}, {@code b = v^(1/alpha)} is
   * Beta(alpha, alpha) where {@code a + b <= 1}. Without such a pair, which has a probability of
   * 2^-64 for alpha up to 1, a half.
   */
  static double beta(double alpha, float... draws) {
    for (int i = 3; i + 1 < draws.length; i += 2) {
      double a = Math.pow(draws[i], 1 / alpha);
      double b = Math.pow(draws[i + 1], 1 / alpha);
      if (a + b > 0 && a + b <= 1) {
        return a / (a + b);
      }
    }
    return 0.5;
  }
}
