package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Tensors;

/**
 * A linear decoder, of which everything is known: latents of one channel are repeated 2 x 2 times,
 * and channel c of the image is {@code gains[c]} times that, plus {@code offset}.
 */
public record LinearAutoencoder(double[] gains, double offset) implements Autoencoder {
  @Override
  public Tensor decode(Tensor latents) {
    Tensor large = Layers.upsampleNearest2x(latents);
    List<Tensor> channels =
        Arrays.stream(gains).mapToObj(gain -> plus(scale(large, gain), offset)).toList();
    return Tensors.cat(channels, 1);
  }

  /** By least squares. */
  @Override
  public Tensor encode(Tensor images) {
    double squares = Arrays.stream(gains).map(gain -> gain * gain).sum();
    Tensor latents = null;
    for (int c = 0; c < gains.length; c++) {
      Tensor one = scale(plus(images.narrow(1, c, 1), -offset), gains[c] / squares);
      latents = latents == null ? one : latents.add(one);
    }
    return Layers.averagePool2x(latents);
  }

  /** {@code A' v} of weights v of an image's pixels, by channels, rows and columns. */
  public double[] adjoint(double[] v, int side) {
    double[] w = new double[side * side];
    int large = 2 * side;
    for (int i = 0; i < v.length; i++) {
      int row = i / large % large / 2;
      int column = i % large / 2;
      w[row * side + column] += gains[i / (large * large)] * v[i];
    }
    return w;
  }

  @Override
  public long[] imageShape(long... latents) {
    return new long[] {gains.length, 2 * latents[1], 2 * latents[2]};
  }

  @Override
  public void close() {}
}
