package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.clamp;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The autoencoder of latent diffusion: images -> a normal distribution of latents -> images.
 *
 * <p>Rombach et al. 2022, <i>High-Resolution Image Synthesis with Latent Diffusion Models</i>,
 * section 3.1 and appendix G; computes what {@code AutoencoderKL} of CompVis/latent-diffusion and
 * of diffusers computes, from the checkpoints of either, in float32. Its tensors tell its options.
 * Both ways are differentiable.
 */
public final class AutoencoderKl implements AutoCloseable {
  /** How far the logarithm of the variance goes. */
  private static final double LEAST = -30;

  private static final double MOST = 20;
  private static final double EPSILON = 1e-6;

  private final GroupNorms norms;
  private final int imageChannels;
  private final int latentChannels;
  private final int downsampling;
  private final BlockSequence encoder;
  private final BlockSequence decoder;
  private final Weights weights;

  private AutoencoderKl(AutoencoderLayout layout, Weights weights) {
    this.norms = layout.norms();
    this.imageChannels = layout.images();
    this.latentChannels = layout.latents();
    this.downsampling = layout.downsampling();
    this.encoder = layout.encoder();
    this.decoder = layout.decoder();
    this.weights = weights;
  }

  /**
   * A network of weights named as {@link #shapes} names them; takes them over.
   *
   * <p>Gradients go through weights that are leaves of a graph.
   */
  public AutoencoderKl(AutoencoderKlConfig config, Weights weights) {
    this(layout(config.layers(), config.groups()), weights);
  }

  /** Name -> shape of the tensors of one, by diffusers' names. */
  public static Map<String, List<Long>> shapes(AutoencoderKlConfig config) {
    return layout(config.layers(), config.groups()).shapes().all();
  }

  /**
   * What an image may be in the space of latents: N(mean, deviation^2), each (N, C, H, W).
   *
   * @param logVariance from -30 to 20
   */
  public record Posterior(Tensor mean, Tensor logVariance) {
    /** Its standard deviation. */
    public Tensor deviation() {
      return scale(logVariance, 0.5).exp();
    }

    /**
     * Its divergence from N(0, 1), number by number, in nats: {@code (mean^2 + deviation^2 - 1 -
     * log deviation^2) / 2}.
     */
    public Tensor divergence() {
      return Scope.of(
          () -> {
            Tensor squares = mean.mul(mean).add(logVariance.exp());
            return scale(plus(squares.sub(logVariance), -1), 0.5);
          });
    }
  }

  /**
   * Loads the autoencoder in a checkpoint.
   *
   * <p>All names may share a prefix, such as {@code first_stage_model.}; tensors without it are not
   * looked at. It computes in float32 whatever the device's precision: what it decodes is what is
   * shown and scored.
   *
   * @param groups of its normalisations ({@code norm_num_groups}), 32 as published
   * @throws CheckpointException if there is none, or tensors are missing, unexpected or mis-shaped
   */
  public static AutoencoderKl load(TensorStore store, int groups, Device device) {
    StoredNetwork stored = AutoencoderNames.in(store);
    AutoencoderLayout layout = layout(stored, groups);
    return new AutoencoderKl(layout, stored.load(layout.shapes(), device.inFull()));
  }

  /** Refuses a checkpoint that {@link #load} would refuse; one line on what else it is. */
  static String describe(TensorStore store, int groups) {
    StoredNetwork stored = AutoencoderNames.in(store);
    AutoencoderLayout layout = layout(stored, groups);
    stored.require(layout.shapes());
    return "AutoencoderKL of %d channels, downsampling %d"
        .formatted(layout.latents(), layout.downsampling());
  }

  /** Its blocks, as {@link #load} would find them. */
  static AutoencoderLayout layout(TensorStore store, int groups) {
    return layout(AutoencoderNames.in(store), groups);
  }

  private static AutoencoderLayout layout(LayerShapes layers, int groups) {
    AutoencoderLayout layout = new AutoencoderLayout(layers, new GroupNorms(groups, EPSILON));
    if (layout.levels() < 1 || layout.levels() > 12) {
      throw new CheckpointException(
          "%s is half an autoencoder: expected an encoder of 1 to 12 levels beside the decoder"
              .formatted(layers.source()));
    }
    return layout;
  }

  /** Channels of an image. */
  public int imageChannels() {
    return imageChannels;
  }

  /** Channels of its latent. */
  public int latentChannels() {
    return latentChannels;
  }

  /** How many pixels of a side become one. */
  public int downsampling() {
    return downsampling;
  }

  /**
   * The latents of images.
   *
   * @param images (N, C, H, W), about in [-1, 1]; H and W multiples of {@link #downsampling}
   */
  public Posterior encode(Tensor images) {
    require(images, imageChannels(), downsampling(), "images");
    try (Scope scope = Scope.open()) {
      Tensor h = conv("encoder.conv_in", images, 1);
      h = out("encoder", encoder.forward(weights, h, Condition.NONE)); // (N, 2 C', h, w)
      Tensor moments = mixed("quant_conv", h);
      long half = moments.size(1) / 2;
      return new Posterior(
          scope.keep(moments.narrow(1, 0, half).contiguous()),
          scope.keep(clamp(moments.narrow(1, half, half), LEAST, MOST)));
    }
  }

  /**
   * The images of latents.
   *
   * @param latents (N, C, h, w)
   * @return (N, C, H, W), about in [-1, 1]
   */
  public Tensor decode(Tensor latents) {
    require(latents, latentChannels(), 1, "latents");
    return Scope.of(
        () -> {
          Tensor h = latents;
          for (UnaryOperator<Tensor> stage : decoding()) {
            Tensor in = h;
            h = Scope.of(() -> stage.apply(in));
          }
          return h;
        });
  }

  /**
   * The gradient with respect to latents of what has a gradient with respect to their images: as
   * through {@link #decode}, but of its maps no more than one block's are in memory at a time, as
   * each block is computed again on the way back (Chen et al. 2016, arXiv 1604.06174).
   *
   * @param latents (N, C, h, w)
   * @param after what is made of the images
   * @param gradient with respect to what is made of them
   */
  Tensor decodeBack(Tensor latents, UnaryOperator<Tensor> after, Tensor gradient) {
    require(latents, latentChannels(), 1, "latents");
    List<UnaryOperator<Tensor>> stages = decoding();
    UnaryOperator<Tensor> end = stages.remove(stages.size() - 1);
    stages.add(x -> after.apply(end.apply(x)));
    try (Scope scope = Scope.open()) {
      Deque<Tensor> inputs = new ArrayDeque<>();
      inputs.push(latents.detach());
      for (UnaryOperator<Tensor> stage : stages.subList(0, stages.size() - 1)) {
        Tensor in = inputs.peek();
        inputs.push(Scope.of(() -> stage.apply(in)));
      }
      Tensor back = gradient.detach();
      for (int i = stages.size() - 1; i >= 0; i--) {
        UnaryOperator<Tensor> stage = stages.get(i);
        Tensor in = inputs.pop();
        Tensor above = back;
        back =
            Scope.of(
                () -> {
                  Tensor leaf = Autograd.leaf(in);
                  return Autograd.gradient(stage.apply(leaf).mul(above).sum(), leaf);
                });
        scope.free(in);
        scope.free(above);
      }
      return scope.keep(back);
    }
  }

  /** What is computed one after the other, from latents to images. */
  private List<UnaryOperator<Tensor>> decoding() {
    List<UnaryOperator<Tensor>> stages = new ArrayList<>();
    stages.add(x -> conv("decoder.conv_in", mixed("post_quant_conv", x), 1));
    for (UnetBlock block : decoder.blocks()) {
      stages.add(x -> block.forward(weights, x, Condition.NONE));
    }
    stages.add(x -> out("decoder", x));
    return stages;
  }

  /** Later autoencoders do not mix their channels. */
  private Tensor mixed(String layer, Tensor x) {
    return weights.find(layer + ".weight").isPresent() ? conv(layer, x, 0) : x;
  }

  private Tensor out(String half, Tensor h) {
    return conv(half + ".conv_out", silu(norms.of(weights, half + ".conv_norm_out", h)), 1);
  }

  private Tensor conv(String layer, Tensor x, int padding) {
    return conv2d(x, weights.get(layer + ".weight"), weights.get(layer + ".bias"), 1, padding);
  }

  private static void require(Tensor x, int channels, int multiple, String what) {
    if (x.dim() != 4
        || x.size(1) != channels
        || x.size(2) % multiple != 0
        || x.size(3) % multiple != 0) {
      throw new IllegalArgumentException(
          "the autoencoder wants %s Nx%dxHxW with H and W multiples of %d, not %s"
              .formatted(what, channels, multiple, Tensors.describe(x)));
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
