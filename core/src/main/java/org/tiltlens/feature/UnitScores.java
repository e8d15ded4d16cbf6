package org.tiltlens.feature;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

/**
 * The scores of several units on the same images, from one pass through their vision model.
 *
 * @param units at least one, all of one model and input size
 */
public record UnitScores(List<UnitScore> units) {
  public UnitScores {
    units = List.copyOf(units);
    if (units.isEmpty()) {
      throw new IllegalArgumentException("no units: expected at least one");
    }
    UnitScore first = units.get(0);
    for (UnitScore unit : units) {
      if (unit.vision() != first.vision() || !unit.inputSize().equals(first.inputSize())) {
        throw new IllegalArgumentException(
            "%s and %s: expected units of one vision model and input size"
                .formatted(first.unit(), unit.unit()));
      }
    }
  }

  /**
   * Scores a batch.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @return (N) for each unit, in their order; differentiable with respect to the images
   */
  public List<Tensor> of(Tensor images) {
    List<HookPoint> places = units.stream().map(UnitScore::at).distinct().toList();
    try (Scope scope = Scope.open()) {
      List<Tensor> read = units.get(0).activations(images, places);
      return units.stream()
          .map(unit -> scope.keep(unit.ofActivations(read.get(places.indexOf(unit.at())))))
          .toList();
    }
  }

  /**
   * As {@link #of}, unless a score is NaN or infinite.
   *
   * @throws NotFiniteException that says what failed
   */
  public List<Tensor> finite(Tensor images) {
    List<Tensor> scores = of(images);
    if (!scores.stream().allMatch(Tensors::allFinite)) {
      throw failure(images);
    }
    return scores;
  }

  /** What makes a score of these images NaN or infinite: the first unit that has such a one. */
  public NotFiniteException failure(Tensor images) {
    return units.stream()
        .filter(unit -> !Tensors.allFinite(unit.of(images)))
        .findFirst()
        .map(unit -> unit.failure(images))
        .orElseGet(() -> NotFiniteException.of("the units' sum", images));
  }
}
