package org.tiltlens.feature;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * The score of a unit inside a vision model: {@code s(x) = reduction(crop(unit(activations(x))))}.
 *
 * <p>Source: Zhou et al. 2026 (arXiv 2605.17504); their setting is a transcoder feature before its
 * activation function, {@code mix:0.7} over the central half, images at their own size.
 *
 * @param vision the model; stays its owner's to close
 * @param at where the unit is
 * @param unit what is read there
 * @param reduction how the map becomes one number
 * @param crop which part of the map counts
 * @param inputSize side, in pixels, to which images are resized first (bilinear, antialiased);
 *     empty to take them as they are
 */
public record UnitScore(
    VisionModel vision,
    HookPoint at,
    Unit unit,
    SpatialReduction reduction,
    CentralCrop crop,
    OptionalInt inputSize)
    implements Score {

  /**
   * Checks that the unit exists.
   *
   * @throws IllegalArgumentException if the hook point or the unit does not exist
   */
  public UnitScore {
    at = unit.within(at);
    unit.requireAmong(vision.channels(vision.require(at)));
    if (inputSize.isPresent() && inputSize.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "input size " + inputSize.getAsInt() + " pixels, must be at least 1");
    }
  }

  /** A score that takes images at their own size. */
  public UnitScore(
      VisionModel vision, HookPoint at, Unit unit, SpatialReduction reduction, CentralCrop crop) {
    this(vision, at, unit, reduction, crop, OptionalInt.empty());
  }

  /** What the vision model is and how images are prepared for it, one line. */
  public String visionModel() {
    return vision.describe();
  }

  @Override
  public Tensor of(Tensor images) {
    return Scope.of(() -> reduction.of(crop.of(map(images))));
  }

  /** The score of images whose activations at {@link #at} are known: (N, C, h, w) -> (N). */
  public Tensor ofActivations(Tensor activations) {
    return Scope.of(() -> reduction.of(crop.of(unit.map(activations))));
  }

  /**
   * What the model computes on the way to the score: its activations at several hook points.
   *
   * @param images as for {@link #of}
   * @return one tensor (N, C, h, w) per hook point, in their order
   */
  public List<Tensor> activations(Tensor images, List<HookPoint> hookPoints) {
    return vision.activations(resized(images), hookPoints);
  }

  /**
   * Returns {@code place} if the model computes it on the way to the unit.
   *
   * @throws IllegalArgumentException if it does not exist or comes after the unit
   */
  public HookPoint requireOnTheWay(HookPoint place) {
    List<HookPoint> order = vision.hookPoints();
    if (order.indexOf(vision.require(place)) > order.indexOf(at)) {
      throw new IllegalArgumentException(
          "'" + place + "' is not on the way to the unit at '" + at + "'");
    }
    return place;
  }

  /** The unit's whole activation map: (N, 3, H, W) in [-1, 1] -> (N, h, w). */
  public Tensor map(Tensor images) {
    return Scope.of(() -> unit.map(vision.activations(resized(images), at)));
  }

  /**
   * What is to be known of the crop of such images' maps; one line, empty if nothing is.
   *
   * @param images as for {@link #of}, which fails as this does
   */
  public Optional<String> caveat(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor map = map(images);
      reduction.of(crop.of(map));
      return crop.caveat(map.size(1), map.size(2));
    }
  }

  private Tensor resized(Tensor images) {
    if (inputSize.isEmpty()) {
      return images;
    }
    return Layers.resizeBilinear(images, inputSize.getAsInt(), inputSize.getAsInt());
  }

  /** The vision model, if its activations are not finite, else the unit. */
  @Override
  public NotFiniteException failure(Tensor images) {
    try (Scope scope = Scope.open()) {
      boolean isUnit = Tensors.allFinite(vision.activations(resized(images), at));
      String who = (isUnit ? unit.toString() : "the vision model") + " at " + at;
      Optional<String> fault = isUnit ? unit.fault() : Optional.empty();
      return fault.isEmpty()
          ? NotFiniteException.of(who, images)
          : NotFiniteException.because(who, fault.get());
    }
  }

  @Override
  public UnitScore at(double progress) {
    return new UnitScore(vision, at, unit, reduction.at(progress), crop, inputSize);
  }

  /** One line for {@code run.json}: unit, hook point, reduction and crop. */
  @Override
  public String toString() {
    return unit + " at " + at + ", " + reduction + " over the central " + crop.fraction();
  }
}
