package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * The network of diffusers' pixel models, {@code UNet2DModel}: noisy images and their timesteps ->
 * the noise in them, or what else it predicts.
 *
 * <p>Ho et al. 2020, appendix B, and its descendants; computes what diffusers computes, in float32.
 * Dropout is off.
 */
final class Unet2d implements Denoiser {
  private final Unet2dConfig config;
  private final UnetBlocks blocks;
  private final Weights weights;
  private final Device device;

  private Unet2d(Unet2dConfig config, Weights weights, Device device) {
    this.config = config;
    this.blocks = Unet2dLayout.of(config);
    this.weights = weights;
    this.device = device;
  }

  /**
   * Loads its weights.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if tensors are missing, unexpected or
   *     mis-shaped; the message lists them
   */
  static Unet2d load(TensorStore store, Unet2dConfig config, Device device) {
    Map<String, List<Long>> shapes = Unet2dLayout.shapes(config);
    return new Unet2d(
        config,
        Weights.load(store, shapes, AutoencoderNames.diffusers(store), List.of(), device),
        device);
  }

  /** Refuses weights that {@link #load} would refuse. */
  static void require(TensorStore store, Unet2dConfig config) {
    Weights.require(
        store, Unet2dLayout.shapes(config), AutoencoderNames.diffusers(store), List.of());
  }

  @Override
  public long[] imageShape() {
    return new long[] {config.inChannels(), config.height(), config.width()};
  }

  @Override
  public boolean learnsVariance() {
    return config.outChannels() == 2 * config.inChannels();
  }

  @Override
  public int classes() {
    return config.classes();
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    check(x, timesteps, labels);
    try (Scope scope = Scope.open()) {
      Tensor embedding = embedding(timesteps, labels);
      Tensor h = config.centred() ? plus(scale(x, 2), -1) : x;
      h = conv2d(h, weight("conv_in"), bias("conv_in"), 1, 1); // (N, C, H, W) -> (N, C0, H, W)
      h = blocks.forward(weights, h, Condition.of(embedding), scope);
      h = silu(config.norms().of(weights, "conv_norm_out", h));
      return scope.keep(conv2d(h, weight("conv_out"), bias("conv_out"), 1, 1));
    }
  }

  /** What every residual block is told: SiLU of the embedding of timestep and class. */
  private Tensor embedding(double[] timesteps, int[] labels) {
    return Scope.of(
        () -> {
          int width = config.levels().get(0).width();
          Tensor h = device.place(config.time().of(timesteps, width)); // (N, C0) -> (N, embedding)
          h = silu(linear(h, weight("time_embedding.linear_1"), bias("time_embedding.linear_1")));
          h = linear(h, weight("time_embedding.linear_2"), bias("time_embedding.linear_2"));
          if (labels != null) {
            h = h.add(ClassEmbedding.of(weight("class_embedding"), labels, device));
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
    int multiple = 1 << (config.levels().size() - 1);
    UnetInput.require(x, config.inChannels(), multiple);
    ClassEmbedding.require(x.size(0), timesteps, labels, config.classes());
  }

  @Override
  public void close() {
    weights.close();
  }
}
