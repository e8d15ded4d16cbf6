package org.tiltlens.feature;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

/**
 * A sparse dictionary: a transcoder ("CNN-SAE") or sparse autoencoder with K features over C
 * channels.
 *
 * <pre>
 *   pre   = conv2d(a, W_conv) + b_conv                  (N, K, h, w)
 *   codes = relu(pre) where the feature stays active, 0 elsewhere: act_fn decides on pre |W_D|_row
 *   yhat  = codes W_D + b_D                             (N, C, h, w)
 * </pre>
 *
 * <p>Source: Zhou et al. 2026 (arXiv 2605.17504), the transcoder; its checkpoints follow
 * Language-Model-SAEs (OpenMOSS). A plain autoencoder's W_E [C, K] is the 1 x 1 case. Files of
 * other libraries are read too: see {@link #open}. Whatever a library does around these formulas
 * (norms, centring, batch norm) is folded into the weights. Activations are used as they are, or
 * {@link Standardised} position by position where a library does so.
 *
 * <p>Opening reads headers only. Asking for one feature loads that feature's filter (a published
 * encoder weighs 1.85 GB, one filter 150 kB); {@link #encode}, {@link #decode} and {@link
 * #preActivations} load all K. What was loaded stays until {@link #close}. Threads may share a
 * dictionary.
 *
 * <p>A feature with NaN or infinity among its weights is NaN everywhere and disturbs no other.
 */
public final class SparseDictionary implements AutoCloseable {
  private final DictionaryConfig config;
  private final String kind;
  private final DictionaryWeights weights;
  private final boolean standardised;

  private SparseDictionary(DictionaryFormat format, Device device) {
    config = format.header().config();
    kind = format.header().kind();
    weights = new DictionaryWeights(format, device);
    standardised = format.isStandardised();
  }

  /**
   * Opens the dictionary in a folder, or in a file of weights with its settings beside it.
   *
   * <p>Formats: Language-Model-SAEs ({@code config.json}, {@code sae_weights.safetensors} or {@code
   * .pt}), SAELens ({@code cfg.json}, {@code sae_weights.safetensors}), ViT-Prisma ({@code
   * config.json}, {@code weights.pt}), dictionary_learning ({@code config.json}, {@code ae.pt}),
   * sparsify ({@code cfg.json}, {@code sae.safetensors}), Gemma Scope ({@code params.npz}), and
   * state dicts of overcomplete ({@code .pt}, {@code .pth} or {@code .safetensors}, and a {@code
   * config.json} of ours that says how it is used: {@code architecture}, {@code top_k}, {@code
   * hook_point_in}).
   *
   * @throws CheckpointException if a file is missing or damaged, they do not fit each other, or ask
   *     for what cannot be read
   */
  public static SparseDictionary open(Path path, Device device) {
    DictionarySource source = DictionarySource.open(path);
    try {
      return new SparseDictionary(DictionaryFormat.of(source), device);
    } catch (RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  /**
   * Opens the one dictionary a checkpoint in the format of Language-Model-SAEs holds, whatever
   * stands before its names.
   *
   * @param store taken over: closed with the dictionary, or at once if this fails
   * @throws CheckpointException if the tensors do not fit {@code config}
   */
  public static SparseDictionary open(TensorStore store, DictionaryConfig config, Device device) {
    try {
      return new SparseDictionary(new LanguageModelSaesFormat(store, config), device);
    } catch (RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  /** One line on the dictionary in a folder or file, also if it cannot be used; empty if none. */
  public static Optional<String> describe(Path path) {
    try (DictionarySource source = DictionarySource.open(path)) {
      return describe(source);
    } catch (CheckpointException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> describe(DictionarySource source) {
    try {
      return DictionaryFormat.find(source)
          .map(format -> new SparseDictionary(format, Device.CPU).describe());
    } catch (CheckpointException e) {
      return Optional.of("a sparse dictionary that cannot be used: " + e.getMessage());
    }
  }

  /**
   * Pre-activation of one feature, loading only that feature's filter.
   *
   * @param a (N, C, h, w) activations at {@link #hookPoint}
   * @return (N, h, w)
   * @throws IllegalArgumentException if there is no such feature or {@code a} has another shape
   */
  public Tensor preActivation(Tensor a, int feature) {
    requireFeature(feature);
    requireActivations(a, channels());
    return Scope.of(() -> network(weights.of(feature)).preActivations(read(a)).select(1, 0));
  }

  /**
   * Activation of one feature: its pre-activation where it stays active, 0 elsewhere.
   *
   * <p>With relu and jumprelu this loads one filter; with topk and batchtopk all features compete
   * and all are computed.
   *
   * @param a (N, C, h, w) activations at {@link #hookPoint}
   * @return (N, h, w)
   */
  public Tensor activation(Tensor a, int feature) {
    requireFeature(feature);
    requireActivations(a, channels());
    return switch (config.activation()) {
      case RELU, JUMPRELU ->
          Scope.of(() -> network(weights.of(feature)).encode(read(a)).select(1, 0));
      case TOPK, BATCHTOPK ->
          Scope.of(() -> network(weights.all()).encode(read(a)).select(1, feature));
    };
  }

  /** Which of a feature's weights make it NaN everywhere, in one line; empty if none do. */
  public Optional<String> fault(int feature) {
    return weights.fault(requireFeature(feature));
  }

  /** Pre-activations of all features: (N, C, h, w) -> (N, K, h, w). */
  public Tensor preActivations(Tensor a) {
    requireActivations(a, channels());
    return Scope.of(() -> network(weights.all()).preActivations(read(a)));
  }

  /** Activations of all features, 0 where not active: (N, C, h, w) -> (N, K, h, w). */
  public Tensor encode(Tensor a) {
    requireActivations(a, channels());
    return Scope.of(() -> network(weights.all()).encode(read(a)));
  }

  /** Activations of all features from their {@link #preActivations}; the same shape. */
  public Tensor activate(Tensor preActivations) {
    requireActivations(preActivations, features());
    return Scope.of(() -> network(weights.all()).activate(preActivations));
  }

  /**
   * The prediction at the output hook point, without what a skip connection adds to it: codes (N,
   * K, h, w) -> (N, C, h, w). Of a dictionary of standardised activations, the standardised ones.
   */
  public Tensor decode(Tensor codes) {
    requireActivations(codes, features());
    return network(weights.all()).decode(codes);
  }

  /**
   * Directions in which features write, as they are in the decoder: (count, C), without keeping
   * weights; NaN for a feature that is NaN everywhere.
   *
   * @param from the first feature
   * @param count how many, at least 1
   */
  public Tensor directions(int from, int count) {
    requireFeature(from);
    requireFeature(from + count - 1);
    return Scope.of(() -> weights.decoder(from, count));
  }

  /** The activations as the encoder takes them. */
  private Tensor read(Tensor a) {
    return standardised ? Standardised.of(a) : a;
  }

  private DictionaryNetwork network(Weights w) {
    return new DictionaryNetwork(config, w);
  }

  /**
   * Returns {@code feature} if the dictionary has it.
   *
   * @throws IllegalArgumentException if not; the message says which there are
   */
  public int requireFeature(int feature) {
    if (feature < 0 || feature >= features()) {
      throw new IllegalArgumentException(
          "feature "
              + feature
              + " does not exist: the dictionary has features 0.."
              + (features() - 1));
    }
    return feature;
  }

  private static void requireActivations(Tensor a, int channels) {
    if (a.dim() != 4 || a.size(1) != channels) {
      throw new IllegalArgumentException(
          "activations of shape " + Tensors.describe(a) + ": expected Nx" + channels + "xhxw");
    }
  }

  /** Number of features, K. */
  public int features() {
    return Math.toIntExact(weights.features());
  }

  /** Channels of the activations it reads, C. */
  public int channels() {
    return config.channels();
  }

  /**
   * Where it reads.
   *
   * @throws IllegalArgumentException if its files do not say, or name a place that is no hook point
   *     here
   */
  public HookPoint hookPoint() {
    if (config.hookPointIn().equals(DictionaryConfig.UNSTATED)) {
      throw new IllegalArgumentException(
          "the dictionary's files do not say where it reads: give `hook`, such as"
              + " blocks.11.hook_resid_post");
    }
    try {
      return HookPoint.parse(config.hookPointIn());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "where the dictionary reads has another name here: give `hook`; its own "
              + e.getMessage(),
          e);
    }
  }

  public DictionaryConfig config() {
    return config;
  }

  /** One line: kind, sizes, activation function and hook points. */
  public String describe() {
    return (config.hookPointIn().equals(config.hookPointOut()) ? "autoencoder" : "transcoder")
        + " ("
        + kind
        + "), "
        + features()
        + " features over "
        + channels()
        + " channels, "
        + config.kernelSize()
        + "x"
        + config.kernelSize()
        + " filters"
        + (standardised ? " of standardised activations, " : ", ")
        + config.activation().name().toLowerCase(Locale.ROOT)
        + (config.activation().competes() ? " " + config.topK() : "")
        + ", "
        + config.hookPointIn()
        + " -> "
        + config.hookPointOut();
  }

  @Override
  public String toString() {
    return describe();
  }

  @Override
  public void close() {
    weights.close();
  }
}
