package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.scale;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.ContinuousDenoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A DDPM++ or NCSN++ network with EDM's preconditioning: noisy images and the standard deviation of
 * their noise -> the clean images.
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
final class EdmUnet implements ContinuousDenoiser {
  /** Of sinusoids that are random ones. */
  static final String FREQUENCIES = "map_noise.freqs";

  private static final TimestepEmbedding NOISE = new TimestepEmbedding(false, 1);

  private final EdmConfig config;
  private final EdmLayout layout;
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
    this.layout = EdmLayout.of(config);
    this.deviation = deviation;
    this.weights = weights;
    this.device = device;
  }

  static String first(EdmConfig config) {
    return "enc.%dx%d_conv".formatted(config.side(), config.side());
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
    require(x, sigmas, labels);
    return Scope.of(() -> clean(x.mul(each(sigmas, s -> Math.sqrt(1 + s * s))), sigmas, labels));
  }

  private void require(Tensor x, double[] sigmas, int[] labels) {
    int multiple = 1 << (config.widths().size() - 1);
    UnetInput.require(x, config.channels(), multiple);
    ClassEmbedding.require(x.size(0), sigmas, labels, config.classes());
  }

  @Override
  public Tensor clean(Tensor noisy, double[] sigmas, int[] labels) {
    require(noisy, sigmas, labels);
    try (Scope scope = Scope.open()) {
      Tensor y = device.place(noisy);
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
    return new EdmForward(layout, weights, embedding(sigmas, labels), scope).of(x);
  }

  /** The noise levels as sinusoids, sines first: (N, noise). */
  private Tensor sinusoids(double... noise) {
    if (!config.fourier()) {
      return device.place(NOISE.of(noise, config.noise()));
    }
    float[] rows = new float[noise.length];
    for (int n = 0; n < rows.length; n++) {
      rows[n] = (float) noise[n];
    }
    Tensor frequencies = scale(weights.get(FREQUENCIES), 2 * Math.PI).unsqueeze(0);
    Tensor angles = device.place(Tensors.floats(rows, rows.length, 1)).mul(frequencies);
    return Tensors.cat(List.of(angles.sin(), angles.cos()), 1);
  }

  /** What every block is told. */
  private Tensor embedding(double[] sigmas, int[] labels) {
    return Scope.of(
        () -> {
          double[] noise = DoubleStream.of(sigmas).map(sigma -> Math.log(sigma) / 4).toArray();
          Tensor h = sinusoids(noise); // (N, noise)
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
