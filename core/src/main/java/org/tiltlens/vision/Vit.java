package org.tiltlens.vision;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.PartOfNetwork;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A vision transformer: tokens for the class, for storage and for each patch, in residual blocks of
 * attention and MLP.
 *
 * <pre>
 *   resid_mid  = resid_pre + ls1 * proj(attention(norm1(resid_pre)))
 *   resid_post = resid_mid + ls2 * mlp(norm2(resid_mid))
 * </pre>
 *
 * <p>Source: Siméoni et al. 2025, <em>DINOv3</em>, section 3.2, whose checkpoints' names the weights
 * keep; Dosovitskiy et al. 2021, <em>An Image is Worth 16x16 Words</em>; Darcet et al. 2024,
 * <em>Vision Transformers Need Registers</em>. DINOv3's positions enter through {@link
 * Rope} alone, others' are learned ({@link VitKind.LearnedPositions}) and resampled, so images may
 * have any size that is a multiple of the patch: of H x W pixels and patches of p they give maps of
 * H/p x W/p.
 *
 * <p>A hook point reads the patches as a map, {@code @cls} the class token as one of 1 x 1, {@code
 * @storage} the storage tokens as one of 1 x their number.
 *
 * <p>Immutable once open, so threads may share it.
 */
public final class Vit implements PooledModel {
  /** What only training uses, and what comes after the network. */
  private static final List<String> UNUSED =
      List.of(
          "(embeddings\\.)?mask_token",
          "local_cls_norm\\..*",
          "decoder_.*|mask_embed.*",
          "pooler\\..*|pre_logits\\..*|proj|embeddings\\.position_ids",
          "rope\\.periods");

  private final VitConfig config;
  private final Optional<HookPoint> last;
  private final List<HookPoint> hookPoints;
  private final VitForward forward;

  /**
   * The network's own outputs for N images.
   *
   * @param cls (N, C): the normed class token, {@code x_norm_clstoken}
   * @param storage (N, R, C): the normed storage tokens, {@code x_storage_tokens}
   * @param patches (N, h w, C): the normed patches, row by row, {@code x_norm_patchtokens}
   */
  public record Tokens(Tensor cls, Tensor storage, Tensor patches) {}

  private Vit(VitForward forward, Optional<HookPoint> last) {
    this.forward = forward;
    this.last = last;
    config = forward.config();
    List<HookPoint> all = config.hookPoints();
    hookPoints =
        last.map(at -> config.hookPoints(at.block(), at.site()))
            .map(here -> all.subList(0, all.indexOf(here.get(here.size() - 1)) + 1))
            .orElse(all);
  }

  /** Loads the whole network, for images normalised as for ImageNet. */
  public static Vit open(TensorStore store, VitSettings settings, Device device) {
    return open(store, settings, device, Normalisation.IMAGENET, Optional.empty());
  }

  /**
   * Loads the network, or its part up to a hook point.
   *
   * @param store stays open, and is not needed any more afterwards
   * @param settings what the tensors do not tell
   * @param last the last hook point wanted; later blocks are neither needed nor loaded
   * @throws CheckpointException if it holds no DINOv3 ViT or its tensors do not fit
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  public static Vit open(
      TensorStore store,
      VitSettings settings,
      Device device,
      Normalisation normalisation,
      Optional<HookPoint> last) {
    VitNames names =
        VitNames.in(store).filter(VitFamily::isDinoV3).orElseThrow(() -> notOne(store));
    VitConfig config = VitRecognition.config(store, names, VitKind.DINOV3, settings.heads());
    return open(store, names, config, settings, device, normalisation, last);
  }

  /** Loads a network that is recognised. */
  static Vit open(
      TensorStore store,
      VitNames names,
      VitConfig config,
      VitSettings settings,
      Device device,
      Normalisation normalisation,
      Optional<HookPoint> last) {
    Weights weights = part(names, config, last).load(store, device);
    try {
      List<Double> periods = periods(weights, config, settings.ropeBase());
      if (!periods.stream().allMatch(period -> period > 0)) {
        throw new CheckpointException(
            "%s: '%s' is %s, expected numbers above 0"
                .formatted(store.source(), names.stored(VitShapes.PERIODS), periods));
      }
      return new Vit(
          new VitForward(config, settings.epsilon(), periods, normalisation, weights, device),
          last);
    } catch (RuntimeException | Error e) {
      weights.close();
      throw e;
    }
  }

  /** The network in a checkpoint, up to a hook point. */
  static PartOfNetwork part(VitNames names, VitConfig config, Optional<HookPoint> last) {
    VitShapes.Parts parts = VitShapes.Parts.of(names);
    Map<String, List<Long>> all = VitShapes.all(config, parts);
    Map<String, List<Long>> needed = last.map(at -> VitShapes.upTo(config, parts, at)).orElse(all);
    return new PartOfNetwork(names.prefix(), all, needed, names::stored, UNUSED);
  }

  /** The rotary embedding's: those in the checkpoint, or else {@code base^(i / count)}. */
  private static List<Double> periods(Weights weights, VitConfig config, double base) {
    int count = config.headWidth() / 4;
    return weights
        .find(VitShapes.PERIODS)
        .map(stored -> DoubleStream.of(Tensors.toDoubles(stored)))
        .orElseGet(
            () -> IntStream.range(0, count).mapToDouble(i -> Math.pow(base, i / (double) count)))
        .boxed()
        .toList();
  }

  /** Names, by Meta, and shapes of all tensors of a network as published. */
  public static Map<String, List<Long>> shapes(VitConfig config) {
    return VitShapes.all(config, VitShapes.Parts.META);
  }

  private static CheckpointException notOne(TensorStore store) {
    return new CheckpointException(
        "%s holds no DINOv3 ViT: no '%s' without 'pos_embed' (Meta, timm) and no '%s' (Hugging Face)"
            .formatted(
                store.source(),
                VitNames.Dialect.META.landmark(),
                VitNames.Dialect.DINOV3_HUGGING_FACE.landmark()));
  }

  @Override
  public Tensor activations(Tensor images, HookPoint at) {
    return activations(images, List.of(at)).get(0);
  }

  @Override
  public List<Tensor> activations(Tensor images, List<HookPoint> at) {
    at.forEach(this::require);
    requireImages(images);
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
    if (!config.kind().classToken()) {
      throw new IllegalStateException("this ViT has no class token: " + config.describe());
    }
    try (Scope scope = Scope.open()) {
      Tensor x = forward.residualStream(images, Reading.toTheEnd(List.of())); // (N, 1 + R + h w, C)
      int before = config.tokensBeforePatches();
      Tensor first = forward.normBeforePatches(x.narrow(1, 0, before));
      Tensor patches = forward.norm(x.narrow(1, before, x.size(1) - before), "norm");
      return new Tokens(
          scope.keep(first.select(1, 0)),
          scope.keep(first.narrow(1, 1, config.storageTokens())),
          scope.keep(patches));
    }
  }

  private void requireWhole(Tensor images) {
    last.ifPresent(
        at -> {
          throw new IllegalStateException("this network was loaded up to " + at + " only");
        });
    requireImages(images);
  }

  @Override
  public Summed summed(Tensor images, List<HookPoint> at) {
    at.forEach(this::require);
    requireWhole(images);
    try (Scope scope = Scope.open()) {
      Reading reading = Reading.toTheEnd(at);
      Tensor vectors = forward.pooled(forward.residualStream(images, reading));
      List<Tensor> found = reading.found(at);
      found.forEach(scope::keep);
      return new Summed(found, scope.keep(vectors));
    }
  }

  @Override
  public List<HookPoint> hookPoints() {
    return hookPoints;
  }

  @Override
  public int channels(HookPoint at) {
    config.block(at);
    return config.width();
  }

  @Override
  public HookPoint require(HookPoint at) {
    config.block(at);
    return at.requireAmong(hookPoints, last);
  }

  private void requireImages(Tensor images) {
    int patch = config.patch();
    if (images.dim() != 4
        || images.size(1) != 3
        || images.size(2) < patch
        || images.size(3) < patch
        || images.size(2) % patch != 0
        || images.size(3) % patch != 0) {
      throw new IllegalArgumentException(
          "images of shape "
              + Tensors.describe(images)
              + ": expected Nx3xHxW with H and W multiples of the patch, "
              + patch
              + ", or the vision option size, to which they are resized");
    }
  }

  /** The network's shape. */
  public VitConfig config() {
    return config;
  }

  @Override
  public int stride() {
    return config.patch();
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
