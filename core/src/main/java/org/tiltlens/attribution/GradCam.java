package org.tiltlens.attribution;

import static org.tiltlens.torch.Layers.relu;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.sum;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Sensitivity;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.HookPoint;

/**
 * Grad-CAM: {@code relu(sum_c alpha_c A_c)} with {@code alpha_c} the mean of {@code ds/dA_c} over
 * the positions; at least 0, in units of the score per position.
 *
 * <p>Source: Selvaraju et al. 2017 (<em>Grad-CAM</em>, ICCV), equations 1 and 2, where s is the
 * score of a class and A the last convolution's activations. Channels are weighed for the image as
 * a whole, so that it is coarser and steadier than {@link GradientTimesActivation}.
 *
 * @param at a hook point on the way to the unit; empty for the unit's own
 */
public record GradCam(Optional<HookPoint> at) implements Attribution {

  /** At the unit's own hook point. */
  public GradCam() {
    this(Optional.empty());
  }

  @Override
  public Tensor of(UnitScore score, Tensor image) {
    Attribution.requireOne(image);
    return Scope.of(
        () -> {
          List<HookPoint> places = List.of(at.orElse(score.at()));
          Sensitivity read = Sensitivity.of(score, Autograd.leaf(image), places).get(0);
          Tensor alpha = mean(read.gradient(), 2, 3).view(-1, 1, 1); // (C, 1, 1)
          return relu(sum(read.activations().detach().squeeze(0).mul(alpha), 0));
        });
  }
}
