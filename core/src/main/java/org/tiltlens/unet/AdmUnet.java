package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.pixelShuffle;
import static org.tiltlens.torch.Layers.pixelUnshuffle;
import static org.tiltlens.torch.Layers.silu;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * The ADM UNet: noisy images and their timesteps -> the noise in them.
 *
 * <p>Dhariwal and Nichol, <i>Diffusion Models Beat GANs on Image Synthesis</i>, 2021, section 3;
 * computes what {@code UNetModel} of OpenAI's guided-diffusion computes, from its checkpoints, in
 * float32 (half-precision checkpoints too). Dropout is off. A {@code patchSize} above 1, which the
 * original does not have, turns patches of pixels into channels before the first convolution and
 * back after the last.
 */
public final class AdmUnet implements Denoiser {
  private final AdmUnetConfig config;
  private final UnetBlocks blocks;
  private final Weights weights;
  private final Device device;

  /** A network of weights named as {@link #shapes} names them; takes them over. */
  public AdmUnet(AdmUnetConfig config, Weights weights, Device device) {
    this.config = config;
    this.blocks = AdmLayout.of(config);
    this.weights = weights;
    this.device = device;
  }

  /**
   * Loads a checkpoint of guided-diffusion.
   *
   * <p>All names may share a prefix, such as {@code model.}; tensors without it are not looked at.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if tensors are missing, unexpected or
   *     mis-shaped; the message lists them
   */
  public static AdmUnet load(TensorStore store, AdmUnetConfig config, Device device) {
    return new AdmUnet(config, AdmCheckpoint.weights(store, config, device), device);
  }

  /** Name -> shape of every tensor a network of these options has. */
  public static Map<String, List<Long>> shapes(AdmUnetConfig config) {
    return AdmLayout.shapes(config);
  }

  /** The network's options. */
  public AdmUnetConfig config() {
    return config;
  }

  @Override
  public long[] imageShape() {
    return new long[] {config.inChannels(), config.imageSize(), config.imageSize()};
  }

  @Override
  public boolean learnsVariance() {
    return config.learnSigma();
  }

  @Override
  public int classes() {
    return config.numClasses();
  }

  @Override
  public Device device() {
    return device;
  }

  /**
   * Computes the network; differentiable with respect to {@code x}.
   *
   * @param x (N, inChannels, H, W); H and W must be multiples of the network's downsampling
   * @param timesteps one per sample, on the scale the network was trained with (0 .. 999)
   * @param labels the class of each sample or {@link Denoiser#NO_CLASS}; {@code null} if the
   *     network is not class-conditional
   * @return (N, outChannels, H, W)
   */
  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    check(x, timesteps, labels);
    try (Scope scope = Scope.open()) {
      Tensor embedding = embedding(timesteps, labels);
      // (N, C, H, W) -> (N, C p p, H / p, W / p), as are all maps from here to the last line
      Tensor h = config.patchSize() == 1 ? x : pixelUnshuffle(x, config.patchSize());
      h = conv2d(h, weight("input_blocks.0.0"), bias("input_blocks.0.0"), 1, 1);
      h = blocks.forward(weights, h, Condition.of(embedding), scope);
      h = silu(GroupNorms.ADM.of(weights, "out.0", h));
      h = conv2d(h, weight("out.2"), bias("out.2"), 1, 1);
      return scope.keep(config.patchSize() == 1 ? h : pixelShuffle(h, config.patchSize()));
    }
  }

  /** What every residual block is told: SiLU of the embedding of timestep and class. */
  private Tensor embedding(double[] timesteps, int[] labels) {
    return Scope.of(
        () -> {
          Tensor sinusoid =
              device.place(TimestepEmbedding.ADM.of(timesteps, config.modelChannels()));
          Tensor h = silu(linear(sinusoid, weight("time_embed.0"), bias("time_embed.0")));
          h = linear(h, weight("time_embed.2"), bias("time_embed.2"));
          if (labels != null) {
            h = h.add(ClassEmbedding.of(weight("label_emb"), labels, device));
          }
          return silu(h);
        });
  }

  private Tensor weight(String layer) {
    return weights.get(layer + ".weight");
  }

  private Tensor bias(String layer) {
    return weights.get(layer + ".bias");
  }

  private void check(Tensor x, double[] timesteps, int[] labels) {
    int multiple = config.patchSize() << (config.levels() - 1);
    UnetInput.require(x, config.inChannels(), multiple);
    ClassEmbedding.require(x.size(0), timesteps, labels, config.numClasses());
  }

  @Override
  public void close() {
    weights.close();
  }
}
