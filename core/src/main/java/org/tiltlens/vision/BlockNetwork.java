package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/** A network of residual blocks, whole or up to a hook point, that is read on the way. */
abstract class BlockNetwork implements PooledModel {
  private final Optional<HookPoint> last;
  private final List<HookPoint> hookPoints;

  /**
   * @param all hook points of the whole network, in the order in which they are computed
   * @param last the one up to which it was loaded; empty for all of it
   */
  BlockNetwork(List<HookPoint> all, Optional<HookPoint> last) {
    this.last = last;
    hookPoints = last.map(at -> all.subList(0, all.indexOf(at) + 1)).orElse(all);
  }

  /** The residual stream after the last block, or as far as is read. */
  abstract Tensor residualStream(Tensor images, Reading reading);

  /** One vector per image, (N, C), of what the last block leaves. */
  abstract Tensor vectors(Tensor residualStream);

  /**
   * Refuses a hook point that the whole network does not have.
   *
   * @throws IllegalArgumentException if so; the message says which there are
   */
  abstract void requireExists(HookPoint at);

  /**
   * Refuses images of which these hook points are not computed.
   *
   * @throws IllegalArgumentException if so
   */
  abstract void requireImages(Tensor images, List<HookPoint> at);

  /** One line about the whole network. */
  abstract String describeWhole();

  @Override
  public final Tensor activations(Tensor images, HookPoint at) {
    return activations(images, List.of(at)).get(0);
  }

  @Override
  public final List<Tensor> activations(Tensor images, List<HookPoint> at) {
    at.forEach(this::require);
    requireImages(images, at);
    try (Scope scope = Scope.open()) {
      Reading reading = Reading.of(at);
      residualStream(images, reading);
      List<Tensor> found = reading.found(at);
      found.forEach(scope::keep);
      return found;
    }
  }

  @Override
  public final Summed summed(Tensor images, List<HookPoint> at) {
    at.forEach(this::require);
    requireWhole(images);
    try (Scope scope = Scope.open()) {
      Reading reading = Reading.toTheEnd(at);
      Tensor vectors = vectors(residualStream(images, reading));
      List<Tensor> found = reading.found(at);
      found.forEach(scope::keep);
      return new Summed(found, scope.keep(vectors));
    }
  }

  /** Refuses images that the whole network cannot see, or any if it is not loaded whole. */
  final void requireWhole(Tensor images) {
    last.ifPresent(
        at -> {
          throw new IllegalStateException("this network was loaded up to " + at + " only");
        });
    requireImages(images, hookPoints);
  }

  @Override
  public final List<HookPoint> hookPoints() {
    return hookPoints;
  }

  @Override
  public final HookPoint require(HookPoint at) {
    requireExists(at);
    return at.requireAmong(hookPoints, last);
  }

  @Override
  public final String describe() {
    return describeWhole() + last.map(at -> ", up to " + at).orElse("");
  }
}
