package org.tiltlens.measuring;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.HookPoint;

/**
 * Measures finished images on units of one vision model: scores, maps and what else is read where
 * the units are come from a single pass through it.
 *
 * <p>Safe to use from several threads, each with images of its own.
 *
 * @param units at least one, all of one vision model and input size
 */
public record ImageMeasure(List<MeasuredUnit> units) {
  public ImageMeasure {
    units = List.copyOf(units);
  }

  /** Of one unit. */
  public static ImageMeasure of(UnitScore score, Optional<ScoreSample> corpus) {
    return new ImageMeasure(List.of(new MeasuredUnit(score, corpus)));
  }

  /**
   * Images as the vision model sees them.
   *
   * @param activations (n, C, h, w) where each unit is, in the units' order
   * @param images what each image does to each unit, in the same order
   */
  public record Read(List<Tensor> activations, List<List<UnitReading>> images) {
    /** The only unit on the only image. */
    public UnitReading only() {
      return images.get(0).get(0);
    }
  }

  /**
   * Reads images. On the CPU take one together, for its bits to be its own (see {@link
   * org.tiltlens.torch.Batching}).
   *
   * @param images (n, 3, H, W) in [-1, 1]
   * @return whose tensors belong to the innermost scope
   * @throws org.tiltlens.torch.NotFiniteException if a score is NaN or infinite
   */
  public Read of(Tensor images) {
    try (Scope scope = Scope.open()) {
      List<Tensor> activations = units.get(0).score().activations(images, places());
      activations.forEach(scope::keep);
      return of(images, activations);
    }
  }

  /** Where the units are, each place once. */
  public List<HookPoint> places() {
    return units.stream().map(unit -> unit.score().at()).distinct().toList();
  }

  /**
   * The same from a pass that someone made who wanted more of it.
   *
   * @param read (n, C, h, w) at each of {@link #places}
   */
  public Read of(Tensor images, List<Tensor> read) {
    try (Scope scope = Scope.open()) {
      List<HookPoint> places = places();
      List<Tensor> each =
          units.stream().map(unit -> read.get(places.indexOf(unit.score().at()))).toList();
      return new Read(
          each,
          IntStream.range(0, Math.toIntExact(images.size(0)))
              .mapToObj(i -> readings(each, images, i))
              .toList());
    }
  }

  private List<UnitReading> readings(List<Tensor> activations, Tensor images, int i) {
    Tensor image = images.narrow(0, i, 1);
    return IntStream.range(0, units.size())
        .mapToObj(k -> units.get(k).of(activations.get(k).narrow(0, i, 1), image))
        .toList();
  }
}
