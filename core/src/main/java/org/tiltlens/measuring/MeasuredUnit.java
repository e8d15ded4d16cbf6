package org.tiltlens.measuring;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A unit that images are measured on.
 *
 * @param score the unit's
 * @param corpus the corpus' scores of it, if they are known
 */
public record MeasuredUnit(UnitScore score, Optional<ScoreSample> corpus) {

  /**
   * Reads one image.
   *
   * @param activations (1, C, h, w) where the unit is
   * @param image (1, 3, H, W) that has them, to say what failed
   * @throws org.tiltlens.torch.NotFiniteException if the score is NaN or infinite
   */
  UnitReading of(Tensor activations, Tensor image) {
    try (Scope scope = Scope.open()) {
      double own = finite(score, activations, image);
      return new UnitReading(
          own,
          afterActivation(activations, image),
          corpus.map(scores -> scores.percentileOf(own)).orElse(null),
          map(activations));
    }
  }

  private static double finite(UnitScore score, Tensor activations, Tensor image) {
    Tensor value = score.ofActivations(activations);
    if (!Tensors.allFinite(value)) {
      throw score.failure(image);
    }
    return value.item_double();
  }

  private Double afterActivation(Tensor activations, Tensor image) {
    return score.unit() instanceof Unit.DictionaryFeature feature
        ? finite(
            with(new Unit.DictionaryFeature(feature.dictionary(), feature.index(), false)),
            activations,
            image)
        : null;
  }

  private UnitScore with(Unit unit) {
    return new UnitScore(
        score.vision(), score.at(), unit, score.reduction(), score.crop(), score.inputSize());
  }

  private double[][] map(Tensor activations) {
    Unit whole = score.unit() instanceof Unit.Placed placed ? placed.unit() : score.unit();
    return Tensors.rows(whole.map(activations).squeeze(0));
  }
}
