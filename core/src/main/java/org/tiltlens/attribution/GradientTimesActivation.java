package org.tiltlens.attribution;

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
 * What each position of a hook point contributes to the score, to first order: {@code R(y, x) =
 * sum_c A_c(y, x) ds/dA_c(y, x)}, negative where it holds the score down.
 *
 * <p>Source: gradient times input (Shrikumar et al. 2016, arXiv 1605.01713), taken at a hook point.
 * Where the score is linear in the activations, without an offset, R sums to the score; at the
 * unit's own hook point a maximum as reduction leaves one position, and an earlier hook point tells
 * more.
 *
 * @param at a hook point on the way to the unit; empty for the unit's own
 */
public record GradientTimesActivation(Optional<HookPoint> at) implements Attribution {

  /** At the unit's own hook point. */
  public GradientTimesActivation() {
    this(Optional.empty());
  }

  @Override
  public Tensor of(UnitScore score, Tensor image) {
    Attribution.requireOne(image);
    return Scope.of(
        () -> {
          List<HookPoint> places = List.of(at.orElse(score.at()));
          Sensitivity read = Sensitivity.of(score, Autograd.leaf(image), places).get(0);
          return sum(read.relevance().squeeze(0), 0);
        });
  }
}
