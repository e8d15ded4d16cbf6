package org.tiltlens.training;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * How far two images are apart in the activations of a vision model.
 *
 * <pre>
 * d(x, y) = weight mean over hook points l and positions of |u_l(x) - u_l(y)|^2
 * </pre>
 *
 * <p>where {@code u_l} is the activation at hook point l, each position's vector of channels
 * divided by its length. Zhang et al. 2018, <i>The Unreasonable Effectiveness of Deep Features as a
 * Perceptual Metric</i> (LPIPS), equation 1 with all channel weights 1, as there are none learned
 * from people's judgements for whatever network this is; and a mean over hook points where it has a
 * sum, so that 0 to 4 is the range however many they are.
 *
 * @param model stays the caller's; differentiable
 * @param at hook points l, at least one
 * @param weight beside the error of pixels, at least 0; 1 in latent diffusion
 */
public record PerceptualLoss(VisionModel model, List<HookPoint> at, double weight) {
  /** How many {@link #spread} takes. */
  private static final int USUAL = 4;

  /** Beside a squared length, which may be 0. */
  private static final double EPSILON = 1e-10;

  public PerceptualLoss {
    at = List.copyOf(at);
    if (at.isEmpty()) {
      throw new IllegalArgumentException("a perceptual loss needs a hook point at least");
    }
    if (!(weight >= 0 && weight <= 1000)) {
      throw new IllegalArgumentException("perceptual weight: " + weight + ", must be in [0, 1000]");
    }
    at.forEach(model::require);
  }

  /**
   * Up to four hook points, evenly spread over the ends of a network's blocks; the last is the last
   * block's.
   *
   * @throws IllegalArgumentException if it has no such hook points
   */
  public static List<HookPoint> spread(VisionModel model) {
    List<HookPoint> ends =
        model.hookPoints().stream()
            .filter(hook -> hook.site() == HookPoint.Site.RESID_POST)
            .filter(hook -> hook.tokens() == HookPoint.Tokens.PATCHES)
            .toList();
    if (ends.isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' has no blocks that end in a residual stream: name hook points"
              .formatted(model.describe()));
    }
    int count = Math.min(USUAL, ends.size());
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> ends.get(i * ends.size() / count - 1))
        .toList();
  }

  /**
   * The loss of each pair.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @param others of the same shape
   * @return (N)
   */
  Tensor of(Tensor images, Tensor others) {
    return Scope.of(
        () -> {
          List<Tensor> x = model.activations(images, at);
          List<Tensor> y = model.activations(others, at);
          Tensor sum = distance(x.get(0), y.get(0));
          for (int l = 1; l < at.size(); l++) {
            sum = sum.add(distance(x.get(l), y.get(l)));
          }
          return Tensors.scale(sum, weight / at.size());
        });
  }

  /** (N, C, h, w) twice -> (N). */
  private static Tensor distance(Tensor x, Tensor y) {
    Tensor difference = unit(x).sub(unit(y));
    return Tensors.mean(Tensors.sum(difference.mul(difference), 1), 1, 2);
  }

  private static Tensor unit(Tensor x) {
    Tensor squares = Tensors.sum(x.mul(x), 1).unsqueeze(1); // (N, 1, h, w)
    return x.div(Tensors.plus(squares, EPSILON).sqrt());
  }

  /** What of it decides the result of a training. */
  String describe() {
    return "%s at %s, weight %s".formatted(model.describe(), at, weight);
  }
}
