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
 * The ConvNeXt of DINOv3: a stem and three downsamplings by 2, each followed by residual blocks.
 *
 * <pre>
 *   block(x) = x + gamma * pwconv2(gelu(pwconv1(norm(dwconv(x)))))
 * </pre>
 *
 * <p>Source: Liu et al. 2022, <em>A ConvNet for the 2020s</em>, section 2; Siméoni et al. 2025,
 * <em>DINOv3</em>, whose checkpoints' names the weights keep. Images of H x W pixels give maps of
 * H/4, H/8, H/16 and H/32 in stages 0 to 3, rounded down. Layer norms have epsilon 1e-6.
 *
 * <p>Immutable once open, so threads may share it.
 */
public final class DinoConvNext implements PooledModel {
  private final ConvNextConfig config;
  private final Optional<HookPoint> last;
  private final List<HookPoint> hookPoints;
  private final ConvNextForward forward;

  /**
   * The network's own outputs for N images.
   *
   * @param cls (N, C): the normed average of the last map, {@code x_norm_clstoken}
   * @param patches (N, h w, C): the normed last map, row by row, {@code x_norm_patchtokens}
   */
  public record Tokens(Tensor cls, Tensor patches) {}

  private DinoConvNext(
      ConvNextConfig config,
      Optional<HookPoint> last,
      Normalisation normalisation,
      Weights weights,
      Device device) {
    this.config = config;
    this.last = last;
    forward = new ConvNextForward(config, normalisation, weights, device);
    List<HookPoint> all = config.hookPoints();
    hookPoints = last.map(l -> all.subList(0, all.indexOf(l) + 1)).orElse(all);
  }

  /**
   * A whole network of weights named as {@link #shapes} names them; takes them over.
   *
   * @param device where the weights are
   */
  public DinoConvNext(
      ConvNextConfig config, Weights weights, Device device, Normalisation normalisation) {
    this(config, Optional.empty(), normalisation, weights, device);
  }

  /** Loads the whole network, for images normalised as for ImageNet. */
  public static DinoConvNext open(TensorStore store, Device device) {
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
  public static DinoConvNext open(
      TensorStore store, Device device, Normalisation normalisation, Optional<HookPoint> last) {
    ConvNextNames names = ConvNextNames.in(store).orElseThrow(() -> notOne(store));
    ConvNextConfig config = ConvNextConfig.recognise(store, names).orElseThrow(() -> notOne(store));
    Weights weights = part(names, config, last).load(store, device);
    try {
      return new DinoConvNext(config, last, normalisation, weights, device);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  /** The network in a checkpoint, up to a hook point. */
  static PartOfNetwork part(ConvNextNames names, ConvNextConfig config, Optional<HookPoint> last) {
    Map<String, List<Long>> all = ConvNextShapes.all(config);
    Map<String, List<Long>> needed = last.map(at -> ConvNextShapes.upTo(config, at)).orElse(all);
    // Meta's second name of the last norm.
    List<String> unused = List.of("norms\\..*");
    return new PartOfNetwork(names.prefix(), all, needed, names::stored, unused);
  }

  /** Names, by Meta, and shapes of all tensors of a network. */
  public static Map<String, List<Long>> shapes(ConvNextConfig config) {
    return ConvNextShapes.all(config);
  }

  private static CheckpointException notOne(TensorStore store) {
    return new CheckpointException(
        "%s holds no ConvNeXt: no stem '%s' (Meta) or '%s' (Hugging Face) with blocks after it"
            .formatted(store.source(), ConvNextNames.META_STEM, ConvNextNames.HUGGING_FACE_STEM));
  }

  @Override
  public Tensor activations(Tensor images, HookPoint at) {
    return activations(images, List.of(at)).get(0);
  }

  @Override
  public List<Tensor> activations(Tensor images, List<HookPoint> at) {
    int lastStage =
        at.stream().mapToInt(each -> config.block(require(each)).stage()).max().orElse(0);
    requireImages(images, lastStage);
    try (Scope scope = Scope.open()) {
      Reading reading = Reading.of(at);
      forward.residualStream(images, reading);
      List<Tensor> found = reading.found(at);
      found.forEach(scope::keep);
      return found;
    }
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
      Tensor cls = cls(x);
      Tensor patches =
          forward.norm(x.flatten(2, 3).transpose(1, 2), "norm"); // (N, C, h, w) -> (N, hw, C)
      return new Tokens(scope.keep(cls), scope.keep(patches));
    }
  }

  private Tensor cls(Tensor x) {
    return forward.norm(mean(x, 2, 3), "norm");
  }

  private void requireWhole(Tensor images) {
    last.ifPresent(
        at -> {
          throw new IllegalStateException("this network was loaded up to " + at + " only");
        });
    requireImages(images, config.stages() - 1);
  }

  @Override
  public Summed summed(Tensor images, List<HookPoint> at) {
    at.forEach(this::require);
    requireWhole(images);
    try (Scope scope = Scope.open()) {
      Reading reading = Reading.toTheEnd(at);
      Tensor cls = cls(forward.residualStream(images, reading));
      List<Tensor> found = reading.found(at);
      found.forEach(scope::keep);
      return new Summed(found, scope.keep(cls));
    }
  }

  @Override
  public List<HookPoint> hookPoints() {
    return hookPoints;
  }

  @Override
  public int channels(HookPoint at) {
    return config.dims().get(config.block(at).stage());
  }

  @Override
  public HookPoint require(HookPoint at) {
    config.block(at);
    return at.requireAmong(hookPoints, last);
  }

  @Override
  public int stride() {
    return ConvNextShapes.STEM;
  }

  /** Images must be large enough for one position of the last stage that is computed. */
  private static void requireImages(Tensor images, int lastStage) {
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
    return config;
  }

  @Override
  public String describe() {
    return config.describe() + last.map(at -> ", up to " + at).orElse("");
  }

  @Override
  public void close() {
    forward.weights().close();
  }
}
