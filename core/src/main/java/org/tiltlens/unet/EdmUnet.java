package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.scale;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A DDPM++ network with EDM's preconditioning: noisy images and the standard deviation of their
 * noise -> the clean images.
 *
 * <pre>
 * y         = x_t / sqrt(abar_t) = x_0 + sigma epsilon          sigma = sqrt((1 - abar_t) / abar_t)
 * D(y)      = c_skip y + c_out F(c_in y, ln(sigma) / 4)         c_in = 1 / sqrt(sigma^2 + d^2)
 * c_skip    = d^2 / (sigma^2 + d^2)                             c_out = sigma d c_in
 * </pre>
 *
 * <p>Karras et al. 2022, arXiv 2206.00364, table 1; the network of Song et al. 2021. Computes what
 * {@code EDMPrecond} and {@code SongUNet} of NVlabs/edm compute, in float32, without augmentation.
 */
final class EdmUnet implements Denoiser {
  private static final TimestepEmbedding NOISE = new TimestepEmbedding(false, 1);

  private final EdmConfig config;
  private final UnetBlocks blocks;
  private final double deviation;
  private final Weights weights;
  private final Device device;

  /**
   * Takes over the weights.
   *
   * @param deviation of the images' pixels, {@code sigma_data}
   */
  EdmUnet(EdmConfig config, double deviation, Weights weights, Device device) {
    this.config = config;
    this.blocks = EdmLayout.of(config);
    this.deviation = deviation;
    this.weights = weights;
    this.device = device;
  }

  static String first(EdmConfig config) {
    return "enc.%dx%d_conv".formatted(config.side(), config.side());
  }

  static String last(EdmConfig config, String layer) {
    return "dec.%dx%d_aux_%s".formatted(config.side(), config.side(), layer);
  }

  @Override
  public long[] imageShape() {
    return new long[] {config.channels(), config.side(), config.side()};
  }

  @Override
  public boolean learnsVariance() {
    return false;
  }

  @Override
  public int classes() {
    return config.classes();
  }

  @Override
  public Device device() {
    return device;
  }

  /**
   * The clean images.
   *
   * @param x (N, C, H, W), x_t
   * @param sigmas one per sample, as in the class's description
   */
  @Override
  public Tensor forward(Tensor x, double[] sigmas, int[] labels) {
    int multiple = 1 << (config.widths().size() - 1);
    UnetInput.require(x, config.channels(), multiple);
    ClassEmbedding.require(x.size(0), sigmas, labels, config.classes());
    try (Scope scope = Scope.open()) {
      Tensor y = x.mul(each(sigmas, s -> Math.sqrt(1 + s * s)));
      Tensor told = y.mul(each(sigmas, s -> 1 / total(s)));
      Tensor network = network(told, sigmas, labels, scope);
      Tensor kept = y.mul(each(sigmas, s -> deviation * deviation / (total(s) * total(s))));
      return scope.keep(kept.add(network.mul(each(sigmas, s -> s * deviation / total(s)))));
    }
  }

  /** Standard deviation of the noisy images. */
  private double total(double sigma) {
    return Math.sqrt(sigma * sigma + deviation * deviation);
  }

  /** One number per sample, (N, 1, 1, 1). */
  private Tensor each(double[] sigmas, DoubleUnaryOperator of) {
    float[] values = new float[sigmas.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) of.applyAsDouble(sigmas[i]);
    }
    return device.place(Tensors.floats(values, values.length, 1, 1, 1));
  }

  /** F. */
  private Tensor network(Tensor x, double[] sigmas, int[] labels, Scope scope) {
    Tensor embedding = embedding(sigmas, labels);
    Tensor h = conv(x, first(config)); // (N, C, H, W) -> (N, C0, H, W)
    h = blocks.forward(weights, h, Condition.of(embedding), scope);
    h = EdmBlock.norms(config.widths().get(0)).of(weights, last(config, "norm"), h);
    return conv(silu(h), last(config, "conv"));
  }

  private Tensor conv(Tensor x, String layer) {
    return conv2d(x, weights.get(layer + ".weight"), weights.get(layer + ".bias"), 1, 1);
  }

  /** What every block is told. */
  private Tensor embedding(double[] sigmas, int[] labels) {
    return Scope.of(
        () -> {
          double[] noise = DoubleStream.of(sigmas).map(sigma -> Math.log(sigma) / 4).toArray();
          Tensor h = device.place(NOISE.of(noise, config.noise())); // (N, noise)
          if (labels != null) {
            Tensor table = scale(weights.get("map_label.weight").t(), Math.sqrt(config.classes()));
            h = h.add(ClassEmbedding.of(table, labels, device));
            h = h.add(weights.get("map_label.bias"));
          }
          return silu(layer("map_layer1", silu(layer("map_layer0", h)))); // (N, embedding)
        });
  }

  private Tensor layer(String name, Tensor x) {
    return linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  @Override
  public void close() {
    weights.close();
  }
}
