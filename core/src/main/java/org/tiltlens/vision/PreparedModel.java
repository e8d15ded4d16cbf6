package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A network of a checkpoint, with what was said of it: how it wants its images, and in what size.
 * It computes in its device's precision, and tells float32.
 *
 * @param network does the normalisation
 * @param description one line, without the hook point up to which it is loaded
 * @param last up to where it is loaded
 * @param size side in pixels to which images are resized (bilinear, antialiased); empty to take
 *     them as they are
 * @param device where, and in which precision
 */
record PreparedModel(
    PooledModel network,
    String description,
    Optional<HookPoint> last,
    OptionalInt size,
    Device device)
    implements PooledModel {
  @Override
  public Tensor activations(Tensor images, HookPoint at) {
    return activations(images, List.of(at)).get(0);
  }

  @Override
  public List<Tensor> activations(Tensor images, List<HookPoint> at) {
    try (Scope scope = Scope.open()) {
      Tensor resized = resized(images);
      return kept(scope, device.computeAll(() -> network.activations(resized, at)));
    }
  }

  @Override
  public Summed summed(Tensor images, List<HookPoint> at) {
    try (Scope scope = Scope.open()) {
      Tensor resized = resized(images);
      Summed summed = device.computeAll(() -> network.summed(resized, at));
      Tensor vectors = scope.keep(Tensors.float32(summed.vectors()));
      return new Summed(kept(scope, summed.activations()), vectors);
    }
  }

  private static List<Tensor> kept(Scope scope, List<Tensor> found) {
    return found.stream().map(Tensors::float32).map(scope::keep).toList();
  }

  private Tensor resized(Tensor images) {
    if (size.isEmpty() || images.dim() != 4) {
      return images;
    }
    int side = size.getAsInt();
    return images.size(2) == side && images.size(3) == side
        ? images
        : Layers.resizeBilinear(images, side, side);
  }

  @Override
  public List<HookPoint> hookPoints() {
    return network.hookPoints();
  }

  @Override
  public int channels(HookPoint at) {
    return network.channels(at);
  }

  @Override
  public HookPoint require(HookPoint at) {
    return network.require(at);
  }

  @Override
  public int stride() {
    return size.isPresent() ? 1 : network.stride();
  }

  @Override
  public String describe() {
    return description + last.map(at -> ", up to " + at).orElse("");
  }

  @Override
  public void close() {
    network.close();
  }
}
