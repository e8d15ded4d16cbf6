package org.tiltlens.vision;

import static org.tiltlens.torch.Tensors.mean;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A ConvNeXt, DINOv3's or any other: a stem and downsamplings by 2, each followed by residual
 * blocks.
 *
 * <pre>
 *   block(x) = x + gamma * pwconv2(gelu(pwconv1(norm(dwconv(x)))))
 * </pre>
 *
 * <p>In ConvNeXt-V2 there is a global response norm after gelu, and no gamma.
 *
 * <p>Source: Liu et al. 2022, <em>A ConvNet for the 2020s</em>, section 2; Woo et al. 2023,
 * <em>ConvNeXt V2</em>; Siméoni et al. 2025, <em>DINOv3</em>, whose checkpoints' names the weights
 * keep. Images of H x W pixels give maps of H/4, H/8, H/16 and H/32 in stages 0 to 3, rounded down.
 * Layer norms have epsilon 1e-6, but where {@link ConvNextFamily} knows another.
 *
 * <p>Immutable once open, so threads may share it.
 */
public final class ConvNext extends BlockNetwork {
  private static final double EPSILON = 1e-6;

  private final String description;
  private final ConvNextForward forward;

  /**
   * The network's own outputs for N images.
   *
   * @param cls (N, C): the normed average of the last map, {@code x_norm_clstoken}
   * @param patches (N, h w, C): the normed last map, row by row, {@code x_norm_patchtokens}
   */
  public record Tokens(Tensor cls, Tensor patches) {}

  /** Takes the weights over. */
  ConvNext(String description, ConvNextForward forward, Optional<HookPoint> last) {
    super(forward.config().hookPoints(), last);
    this.description = description;
    this.forward = forward;
  }

  /**
   * A whole network of weights named as {@link #shapes} names them; takes them over.
   *
   * @param device where the weights are
   */
  public ConvNext(
      ConvNextConfig config, Weights weights, Device device, Normalisation normalisation) {
    this(
        config.describe(ConvNextOrigin.UNKNOWN),
        new ConvNextForward(config, EPSILON, EPSILON, normalisation, weights, device),
        Optional.empty());
  }

  /** Loads the whole network, for images normalised as for ImageNet. */
  public static ConvNext open(TensorStore store, Device device) {
    return open(store, device, Normalisation.IMAGENET, Optional.empty());
  }

  /**
   * Loads the network, or its part up to a hook point.
   *
   * @param store stays open, and is not needed any more afterwards
   * @param last the last hook point wanted; later blocks are neither needed nor loaded
   * @throws CheckpointException if it holds no ConvNeXt or its tensors do not fit
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  public static ConvNext open(
      TensorStore store, Device device, Normalisation normalisation, Optional<HookPoint> last) {
    return ConvNextFamily.find(store, Beside.NOTHING)
        .orElseThrow(
            () ->
                new CheckpointException(
                    store.source() + " holds no ConvNeXt by the names of any known library"))
        .open(device, normalisation, last);
  }

  /** Names, by Meta, and shapes of all tensors of a network. */
  public static Map<String, List<Long>> shapes(ConvNextConfig config) {
    return ConvNextShapes.all(config, ConvNextParts.USUAL);
  }

  @Override
  Tensor residualStream(Tensor images, Reading reading) {
    return forward.residualStream(images, reading);
  }

  @Override
  Tensor vectors(Tensor residualStream) {
    return forward.lastNorm(mean(residualStream, 2, 3));
  }

  /**
   * The network's own outputs, as Meta's {@code forward_features} gives them.
   *
   * @throws IllegalStateException if the network was loaded up to a hook point only
   */
  public Tokens tokens(Tensor images) {
    requireWhole(images);
    try (Scope scope = Scope.open()) {
      Tensor x = forward.residualStream(images, Reading.toTheEnd(List.of()));
      Tensor cls = vectors(x);
      Tensor patches =
          forward.lastNorm(x.flatten(2, 3).transpose(1, 2)); // (N, C, h, w) -> (N, hw, C)
      return new Tokens(scope.keep(cls), scope.keep(patches));
    }
  }

  @Override
  public int channels(HookPoint at) {
    return config().dims().get(config().block(at).stage());
  }

  @Override
  void requireExists(HookPoint at) {
    config().block(at);
  }

  @Override
  public int stride() {
    return ConvNextShapes.STEM;
  }

  /** Images must be large enough for one position of the last stage that is computed. */
  @Override
  void requireImages(Tensor images, List<HookPoint> at) {
    int lastStage = at.stream().mapToInt(each -> config().block(each).stage()).max().orElse(0);
    long smallest = 4L << lastStage;
    if (images.dim() != 4
        || images.size(1) != 3
        || images.size(2) < smallest
        || images.size(3) < smallest) {
      throw new IllegalArgumentException(
          "images of shape "
              + Tensors.describe(images)
              + ": expected Nx3xHxW with H and W at least "
              + smallest);
    }
  }

  /** The network's shape. */
  public ConvNextConfig config() {
    return forward.config();
  }

  @Override
  String describeWhole() {
    return description;
  }

  @Override
  public void close() {
    forward.weights().close();
  }
}
