package org.tiltlens.residual;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Layers;

/**
 * A residual block: {@code relu(shortcut(x) + convolutions(x))}, each convolution with its norm, a
 * ReLU after all but the last.
 *
 * @param convolutions two of 3 x 3, or a bottleneck of three
 * @param strided the one of them that strides
 * @param stride 1 or 2
 */
public record ResNetBlock(
    List<NormedConvolution> convolutions, int strided, int stride, ResNetShortcut shortcut) {
  public ResNetBlock {
    convolutions = List.copyOf(convolutions);
  }

  /** Channels that it leaves. */
  public long out() {
    return convolutions.get(convolutions.size() - 1).out();
  }

  /** All convolutions with weights. */
  public Stream<NormedConvolution> all() {
    return Stream.concat(convolutions.stream(), shortcut.convolution().stream());
  }

  /** What the block adds to what goes beside it. */
  public Tensor blockOut(Tensor x, Weights folded) {
    Tensor y = x;
    for (int i = 0; i < convolutions.size(); i++) {
      y = convolutions.get(i).apply(i == 0 ? y : Layers.relu(y), folded, i == strided ? stride : 1);
    }
    return y;
  }

  public Tensor after(Tensor x, Tensor blockOut, Weights folded) {
    return Layers.relu(shortcut.apply(x, folded, stride).add(blockOut));
  }
}
