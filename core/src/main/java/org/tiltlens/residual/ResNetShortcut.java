package org.tiltlens.residual;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Layers;

/**
 * What goes beside a block of a ResNet, from {@code in} channels to {@code out}, which are {@code
 * stride} times fewer in height and width, rounded up.
 *
 * <p>Sources: He et al. 2016, <em>Deep Residual Learning for Image Recognition</em>, section 3.3,
 * options A (padded) and B (convolved); He et al. 2019, <em>Bag of Tricks for Image Classification
 * with Convolutional Neural Networks</em>, ResNet-D (averaged).
 *
 * @param convolution of a convolved or averaged one
 */
public record ResNetShortcut(
    Kind kind, Optional<NormedConvolution> convolution, long in, long out) {
  /** One with weights. */
  public ResNetShortcut(Kind kind, NormedConvolution convolution) {
    this(kind, Optional.of(convolution), convolution.in(), convolution.out());
  }

  /** One without weights. */
  public ResNetShortcut(Kind kind, long in, long out) {
    this(kind, Optional.empty(), in, out);
  }

  /** How the channels are made. */
  public enum Kind {
    /** The residual stream itself. */
    IDENTITY,
    /** Every {@code stride}-th pixel, and as many channels of zeros before as after. */
    PADDED,
    /** A convolution with this stride, and its norm. */
    CONVOLVED,
    /** An average over 2 x 2 pixels where the stride is 2, then a convolution and its norm. */
    AVERAGED
  }

  public Tensor apply(Tensor x, Weights folded, int stride) {
    return switch (kind) {
      case IDENTITY -> x;
      case PADDED -> {
        long before = (out - in) / 2;
        yield Layers.padChannels(Layers.subsample(x, stride), before, out - in - before);
      }
      case CONVOLVED -> convolution.orElseThrow().apply(x, folded, stride);
      case AVERAGED -> {
        Tensor averaged = stride == 1 ? x : Layers.averagePool2xRoundedUp(x);
        yield convolution.orElseThrow().apply(averaged, folded, 1);
      }
    };
  }
}
