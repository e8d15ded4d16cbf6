package org.tiltlens.residual;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;

/**
 * What comes before a ResNet's first block: convolutions with norms and ReLUs, and a maximum over 3
 * x 3 pixels with stride 2, or none.
 *
 * @param convolutions one, or three of 3 x 3 (ResNet-C and -D)
 * @param stride of the first of them
 * @param pooled whether the maximum follows
 */
public record ResNetStem(List<NormedConvolution> convolutions, int stride, boolean pooled) {
  public ResNetStem {
    convolutions = List.copyOf(convolutions);
  }

  /** Pixels from one position of its map to the next. */
  public int pixels() {
    return pooled ? 2 * stride : stride;
  }

  /** Channels that it leaves. */
  public long out() {
    return convolutions.get(convolutions.size() - 1).out();
  }

  public Tensor apply(Tensor images, Weights folded) {
    return Scope.of(
        () -> {
          Tensor x = images;
          for (int i = 0; i < convolutions.size(); i++) {
            x = Layers.relu(convolutions.get(i).apply(x, folded, i == 0 ? stride : 1));
          }
          return pooled ? Layers.maxPool2x(x) : x;
        });
  }

  /** Such as {@code stem 3x3 of stride 1 without max-pool}. */
  public String describe() {
    int kernel = convolutions.get(0).kernel();
    String times = convolutions.size() == 1 ? "" : convolutions.size() + " times ";
    return "stem %s%dx%d of stride %d with%s max-pool"
        .formatted(times, kernel, kernel, stride, pooled ? "" : "out");
  }
}
