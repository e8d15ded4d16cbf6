package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.padByZeros;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * A change of resolution in a layer of its own ({@code Downsample}, {@code Upsample}).
 *
 * @param name where its convolution is: {@code input_blocks.I.0.op} or {@code
 *     output_blocks.I.J.conv}
 * @param convolution whether it has one; without, pixels are averaged or repeated
 * @param centred whether a halving convolution has its zeros on all sides, or twice as many at the
 *     end
 */
record ResampleBlock(
    String name, int channels, Resampling resampling, boolean convolution, boolean centred)
    implements UnetBlock {
  ResampleBlock(String name, int channels, Resampling resampling, boolean convolution) {
    this(name, channels, resampling, convolution, true);
  }

  @Override
  public void expect(UnetShapes shapes) {
    if (convolution) {
      shapes.conv2d(name, channels, channels, 3);
    }
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    if (!convolution) {
      return resampling.apply(x);
    }
    Tensor weight = weights.get(name + ".weight");
    Tensor bias = weights.get(name + ".bias");
    if (resampling == Resampling.DOUBLE) {
      return conv2d(resampling.apply(x), weight, bias, 1, 1);
    }
    return centred ? conv2d(x, weight, bias, 2, 1) : conv2d(padByZeros(x), weight, bias, 2, 0);
  }
}
