package org.tiltlens.vision;

import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.vision.HookPoint.Site.BLOCK_OUT;
import static org.tiltlens.vision.HookPoint.Site.RESID_POST;
import static org.tiltlens.vision.HookPoint.Site.RESID_PRE;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.PartOfNetwork;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.residual.NormedConvolution;
import org.tiltlens.residual.ResNetBlock;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A residual network: a stem, then layers of blocks of convolutions, each with a batch norm.
 *
 * <pre>
 *   resid_post = relu(shortcut(resid_pre) + block_out),   block_out = norm(conv(relu(... resid_pre)))
 * </pre>
 *
 * <p>Source: He et al. 2016, <em>Deep Residual Learning for Image Recognition</em>; ResNeXts and
 * wide ResNets have other bottlenecks, ResNets for CIFAR (section 4.2) another stem. Strides are
 * torchvision's: in a bottleneck, the convolution of 3 x 3 strides. Batch norms are folded into the
 * convolutions, as in evaluation.
 *
 * <p>Its vector of an image is the average of the last map. Immutable once open, so threads may
 * share it.
 */
public final class ResNet extends BlockNetwork {
  private final ResNetConfig config;
  private final Normalisation normalisation;
  private final Weights weights;
  private final Device device;

  /** Takes over the folded weights. */
  private ResNet(
      ResNetConfig config,
      Optional<HookPoint> last,
      Normalisation normalisation,
      Weights weights,
      Device device) {
    super(config.hookPoints(), last);
    this.config = config;
    this.normalisation = normalisation;
    this.weights = weights;
    this.device = device;
  }

  /**
   * Loads a network that was recognised, or its part up to a hook point.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if its tensors do not fit; one line
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  static ResNet open(
      TensorStore store,
      String prefix,
      ResNetConfig config,
      Device device,
      Normalisation normalisation,
      Optional<HookPoint> last) {
    last.ifPresent(config::place);
    try (Weights stored = part(prefix, config, last).load(store, device)) {
      Map<String, Tensor> folded = NormedConvolution.folded(config.convolutions(last), stored);
      return new ResNet(config, last, normalisation, Weights.of(folded), device);
    }
  }

  /** The network in a checkpoint, up to a hook point. */
  static PartOfNetwork part(String prefix, ResNetConfig config, Optional<HookPoint> last) {
    return new PartOfNetwork(
        prefix,
        ResNetConfig.shapes(config.convolutions(Optional.empty())),
        ResNetConfig.shapes(config.convolutions(last)),
        name -> prefix + name,
        List.of());
  }

  @Override
  Tensor residualStream(Tensor images, Reading reading) {
    Tensor x = config.stem().apply(normalisation.apply(images, device), weights);
    for (int layer = 0; layer < config.layers().size(); layer++) {
      List<ResNetBlock> blocks = config.layers().get(layer);
      for (int index = 0; index < blocks.size() && !reading.isDone(); index++) {
        x = readBlock(x, blocks.get(index), ResNetConfig.name(layer, index), reading);
      }
    }
    return x;
  }

  /** The residual stream {@code x} after a block, or as far as there is something to read. */
  private Tensor readBlock(Tensor x, ResNetBlock block, String name, Reading reading) {
    try (Scope scope = Scope.open()) {
      reading.at(new HookPoint(name, RESID_PRE), () -> x, scope);
      if (reading.isDone()) {
        return x;
      }
      Tensor out = block.blockOut(x, weights);
      reading.at(new HookPoint(name, BLOCK_OUT), () -> out, scope);
      if (reading.isDone()) {
        return x;
      }
      Tensor after = block.after(x, out, weights);
      reading.at(new HookPoint(name, RESID_POST), () -> after, scope);
      return scope.keep(after);
    }
  }

  @Override
  Tensor vectors(Tensor residualStream) {
    return mean(residualStream, 2, 3);
  }

  @Override
  void requireExists(HookPoint at) {
    config.place(at);
  }

  @Override
  void requireImages(Tensor images, List<HookPoint> at) {
    if (images.dim() != 4 || images.size(1) != 3 || images.size(2) < 1 || images.size(3) < 1) {
      throw new IllegalArgumentException(
          "images of shape " + Tensors.describe(images) + ": expected Nx3xHxW");
    }
  }

  @Override
  public int channels(HookPoint at) {
    return Math.toIntExact(config.channels(at));
  }

  @Override
  public int stride() {
    return config.stem().pixels();
  }

  @Override
  String describeWhole() {
    return config.describe();
  }

  @Override
  public void close() {
    weights.close();
  }
}
