package org.tiltlens.attribution;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Scope;

/**
 * The unit's own activation map, before crop and reduction: (h, w) of its hook point.
 *
 * <p>A neuron's is 0 at all positions but its own. Says where the unit responds, not which pixels
 * made it respond: one position sees a large part of the image.
 */
public record ActivationMap() implements Attribution {
  @Override
  public Tensor of(UnitScore score, Tensor image) {
    Attribution.requireOne(image);
    return Scope.of(
        () -> {
          if (score.unit() instanceof Unit.Neuron neuron) {
            Tensor channel = ofUnit(score, new Unit.Channel(neuron.channel()), image);
            Tensor map = channel.new_zeros(channel.size(0), channel.size(1));
            place(map, neuron).copy_(place(channel, neuron));
            return map;
          }
          return ofUnit(score, score.unit(), image);
        });
  }

  private static Tensor ofUnit(UnitScore score, Unit unit, Tensor image) {
    UnitScore of =
        new UnitScore(
            score.vision(), score.at(), unit, score.reduction(), score.crop(), score.inputSize());
    return of.map(image).squeeze(0);
  }

  private static Tensor place(Tensor map, Unit.Neuron neuron) {
    return map.narrow(0, neuron.y(), 1).narrow(1, neuron.x(), 1);
  }
}
