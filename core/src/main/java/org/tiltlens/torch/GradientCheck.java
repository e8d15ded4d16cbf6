package org.tiltlens.torch;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Asks the engine for a gradient whose value is known.
 *
 * <p>On virtual machines that do not show the sizes of the processor's caches, oneDNN drops data
 * where it pads weights to whole blocks (oneDNN issue 5313), and the gradient of a batch's
 * convolution is wrong without a word. So the engine is asked once, when it starts.
 */
final class GradientCheck {
  private static final double TOLERANCE = 1e-3;

  private GradientCheck() {}

  /** Whether the gradient of two images' convolution is that of each by itself. */
  static boolean passes() {
    // Runs while the engine's other classes are being initialised, so it leans on none of them.
    try (PointerScope scope = new PointerScope()) {
      // Three channels: padded to eight or sixteen.
      Tensor weight = numbers(3, 4, 3, 3);
      Tensor images = numbers(2, 4, 4, 4);
      Tensor together = gradient(images, weight);
      for (int image = 0; image < 2; image++) {
        Tensor alone = gradient(images.narrow(0, image, 1), weight);
        Tensor difference = together.narrow(0, image, 1).sub(alone).abs().max();
        // Not a number is no less than the tolerance.
        if (!(difference.item_double() < TOLERANCE)) {
          return false;
        }
      }
      return true;
    }
  }

  private static Tensor numbers(long... shape) {
    long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return torch.arange(new Scalar(count)).to(torch.ScalarType.Float).sin().reshape(shape);
  }

  private static Tensor gradient(Tensor images, Tensor weight) {
    Tensor leaf = images.detach().set_requires_grad(true);
    long[] once = {1, 1};
    Tensor map = torch.conv2d(leaf, weight, new TensorOptional(), once, once, once, 1);
    return torch.grad(new TensorVector(map.mul(map).sum()), new TensorVector(leaf)).get(0);
  }
}
