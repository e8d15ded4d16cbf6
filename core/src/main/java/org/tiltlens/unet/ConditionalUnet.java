package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The UNet of latent diffusion that is told a context, such as the tokens of a text: noisy latents,
 * their timesteps and a context -> the noise in them.
 *
 * <p>Rombach et al. 2022, section 3.3; computes what {@code UNetModel} with a {@code
 * SpatialTransformer} of CompVis/latent-diffusion and {@code UNet2DConditionModel} of diffusers
 * compute, in float32. Its tensors tell its options but a few, see {@link Said}. Dropout is off.
 */
public final class ConditionalUnet implements AutoCloseable {
  /** A tensor that each of latent diffusion's has; what stands before it is its prefix. */
  private static final String LANDMARK = "time_embed.0.weight";

  private static final String LANDMARK_OF_DIFFUSERS = "time_embedding.linear_1.weight";

  private final Said said;
  private final UnetBlocks blocks;
  private final int in;
  private final int out;
  private final int width;
  private final int context;
  private final int classes;
  private final int downsampling;
  private final Weights weights;
  private final Device device;

  private ConditionalUnet(ConditionalLayout layout, Device device) {
    this.said = layout.said();
    UnetShapes shapes = layout.shapes();
    this.blocks = layout.blocks();
    this.in = layout.in();
    this.out = layout.out();
    this.width = layout.width();
    this.context = layout.context();
    this.classes = layout.classes();
    this.downsampling = 1 << (layout.levels() - 1);
    this.weights = layout.network().load(shapes, device);
    this.device = device;
  }

  /**
   * What its tensors do not show.
   *
   * @param heads of its attention
   * @param norms of its residual blocks
   * @param time how it is told the timestep
   * @param centred whether latents become 2 x - 1 first ({@code center_input_sample})
   * @param centredHalving whether a halving convolution has its zeros on all sides ({@code
   *     downsample_padding} 1)
   */
  record Said(
      TransformerHeads heads,
      GroupNorms norms,
      TimestepEmbedding time,
      boolean centred,
      boolean centredHalving) {}

  /**
   * Loads one of latent diffusion's names.
   *
   * <p>All names may share a prefix, such as {@code model.diffusion_model.}; tensors without it are
   * not looked at.
   *
   * @param options {@code num_heads} or {@code num_head_channels} (default: 8 heads for a context
   *     of 768 channels, as of Stable Diffusion 1; else heads of 64 channels, as of Stable
   *     Diffusion 2)
   * @throws CheckpointException if there is none, or tensors are missing, unexpected or mis-shaped
   */
  public static ConditionalUnet load(
      TensorStore store, Map<String, String> options, Device device) {
    return new ConditionalUnet(layout(store, options), device);
  }

  /**
   * Refuses a checkpoint that {@link #load} would refuse whatever its heads, which no tensor shows;
   * a few words on what else it is.
   */
  static String describe(TensorStore store) {
    return described(layout(network(store), new TransformerHeads(List.of(1), -1)));
  }

  private static ConditionalLayout layout(TensorStore store, Map<String, String> options) {
    StoredNetwork network = network(store);
    AdmOptions read = new AdmOptions(options);
    int usual =
        read.integer("num_heads", -1) == -1 && layout(network, null).context() != 768 ? 64 : -1;
    return layout(
        network,
        new TransformerHeads(
            List.of(positive(read, "num_heads", 8)), positive(read, "num_head_channels", usual)));
  }

  private static StoredNetwork network(TensorStore store) {
    Parts parts = Parts.of(store, LANDMARK);
    if (parts.prefixes().isEmpty()) {
      throw new CheckpointException(
          "%s holds no UNet of latent diffusion: expected a tensor '%s', with or without a prefix"
              .formatted(store.source(), LANDMARK));
    }
    TensorStore own = store.under(parts.usual("UNets", Parts.OF_PRIOR));
    return new StoredNetwork(own, LdmUnetNames.of(own), List.of());
  }

  private static ConditionalLayout layout(StoredNetwork network, TransformerHeads heads) {
    return new ConditionalLayout(
        network, new Said(heads, GroupNorms.ADM, TimestepEmbedding.ADM, false, true));
  }

  private static int positive(AdmOptions read, String name, int otherwise) {
    int value = read.integer(name, otherwise);
    if (value < 1 && value != -1) {
      throw new IllegalArgumentException(
          "option %s: %d, expected a whole number of at least 1".formatted(name, value));
    }
    return value == -1 && name.equals("num_heads") ? 8 : value;
  }

  /**
   * Loads one of a folder of diffusers.
   *
   * @param folder holds {@code config.json}
   * @param store its weights
   * @throws CheckpointException if its settings are not read, or its weights do not fit
   */
  public static ConditionalUnet load(Path folder, TensorStore store, Device device) {
    return new ConditionalUnet(layout(folder, store), device);
  }

  /** The same of a folder of diffusers. */
  static String describe(Path folder, TensorStore store) {
    return described(layout(folder, store));
  }

  private static ConditionalLayout layout(Path folder, TensorStore store) {
    JsonSettings config =
        JsonSettings.in(folder, "config.json")
            .orElseThrow(
                () -> new CheckpointException(folder.resolve("config.json") + " is missing"));
    StoredNetwork network = new StoredNetwork(store, name -> name, List.of());
    if (!store.entries().containsKey(LANDMARK_OF_DIFFUSERS)) {
      throw new CheckpointException(
          "%s holds no UNet2DConditionModel: expected a tensor '%s'"
              .formatted(store.source(), LANDMARK_OF_DIFFUSERS));
    }
    ConditionalLayout layout = new ConditionalLayout(network, ConditionalConfig.of(config));
    try {
      layout.blocks();
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(config.source() + ": " + e.getMessage(), e);
    }
    return layout;
  }

  private static String described(ConditionalLayout layout) {
    layout.network().require(layout.shapes());
    return "latents of %d channels, told a context of %d".formatted(layout.in(), layout.context());
  }

  /** Channels of a latent. */
  public int latentChannels() {
    return in;
  }

  /** Channels of what it says of one. */
  public int outChannels() {
    return out;
  }

  /** Channels of a token of its context; 0 if it is told none. */
  public int contextChannels() {
    return context;
  }

  /** Classes that it can be told beside; 0 for none. */
  public int classes() {
    return classes;
  }

  /** Where it computes. */
  public Device device() {
    return device;
  }

  /**
   * Computes the network; differentiable with respect to {@code x} and {@code context}.
   *
   * @param x (N, C, H, W); H and W multiples of the network's downsampling
   * @param timesteps one per sample, on the scale the network was trained with
   * @param labels the class of each sample, null if it is not class-conditional
   * @param told the context, (N, L, D)
   * @return (N, C, H, W)
   */
  public Tensor forward(Tensor x, double[] timesteps, int[] labels, Tensor told) {
    UnetInput.require(x, in, downsampling);
    ClassEmbedding.require(x.size(0), timesteps, labels, classes);
    requireContext(x, told);
    try (Scope scope = Scope.open()) {
      Condition condition = new Condition(embedding(timesteps, labels), told);
      Tensor h = said.centred ? plus(scale(x, 2), -1) : x;
      h = conv("conv_in", h); // (N, C, H, W) -> (N, C0, H, W)
      h = blocks.forward(weights, h, condition, scope);
      h = silu(said.norms.of(weights, "conv_norm_out", h));
      return scope.keep(conv("conv_out", h));
    }
  }

  private void requireContext(Tensor x, Tensor told) {
    boolean fits =
        told == null
            ? context == 0
            : told.dim() == 3 && told.size(0) == x.size(0) && told.size(2) == context;
    if (!fits) {
      throw new IllegalArgumentException(
          "the UNet wants a context of %dxLx%d, not %s"
              .formatted(x.size(0), context, told == null ? "none" : Tensors.describe(told)));
    }
  }

  /** What every residual block is told: SiLU of the embedding of timestep and class. */
  private Tensor embedding(double[] timesteps, int[] labels) {
    return Scope.of(
        () -> {
          Tensor h = device.place(said.time.of(timesteps, width)); // (N, C0) -> (N, embedding)
          h = layer("time_embedding.linear_2", silu(layer("time_embedding.linear_1", h)));
          if (labels != null) {
            h = h.add(ClassEmbedding.of(weights.get("class_embedding.weight"), labels, device));
          }
          return silu(h);
        });
  }

  private Tensor layer(String name, Tensor x) {
    return linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  private Tensor conv(String name, Tensor x) {
    return conv2d(x, weights.get(name + ".weight"), weights.get(name + ".bias"), 1, 1);
  }

  @Override
  public void close() {
    weights.close();
  }
}
