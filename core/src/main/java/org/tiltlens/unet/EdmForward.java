package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.scale;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * One pass of a DDPM++ or NCSN++ network: down, with what goes beside, and up again.
 *
 * @param embedding what every block is told
 * @param scope frees maps as soon as they are not needed
 */
record EdmForward(EdmLayout layout, Weights weights, Tensor embedding, Scope scope) {
  private static final double SUM = Math.sqrt(0.5);

  /** (N, C, H, W) -> (N, C, H, W). */
  Tensor of(Tensor images) {
    Deque<Tensor> skips = new ArrayDeque<>();
    Tensor h = conv(images, EdmUnet.first(layout.config()), 1); // (N, C0, H, W)
    skips.push(h);
    Tensor beside = images;
    for (EdmLayout.Level level : layout.down()) {
      if (level.resampling().isPresent()) {
        h = run(level.resampling().get(), h);
        beside = beside(level.size(), beside, h);
        h = joined(level.size(), beside, h);
        skips.push(h);
      }
      for (EdmBlock block : level.blocks()) {
        h = run(block, h);
        skips.push(h);
      }
    }
    for (EdmBlock block : layout.middle()) {
      h = run(block, h);
    }
    return up(h, skips);
  }

  /** What goes beside a level: the image made smaller, the sum of both, or what was there. */
  private Tensor beside(int size, Tensor above, Tensor h) {
    return switch (layout.config().encoder()) {
      case STANDARD -> above;
      case SKIP ->
          Resampling.HALVE.apply(above, weights.get(EdmLayout.asideFilter("enc", size, "down")));
      case RESIDUAL -> scale(h.add(halved(size, above)), SUM);
    };
  }

  /** The level's own map with what is beside in it. */
  private Tensor joined(int size, Tensor beside, Tensor h) {
    return switch (layout.config().encoder()) {
      case STANDARD -> h;
      case SKIP -> h.add(conv(beside, EdmLayout.aside("enc", size, "skip"), 0));
      case RESIDUAL -> beside;
    };
  }

  /** A convolution, whose every second pixel is left by the filter; the border is the filter's. */
  private Tensor halved(int size, Tensor above) {
    String name = EdmLayout.aside("enc", size, "residual");
    Tensor filter = weights.get(EdmLayout.asideFilter("enc", size, "residual"));
    int padding = 1 + Math.toIntExact((filter.size(3) - 1) / 2);
    Tensor wide = conv2d(above, weights.get(name + ".weight"), null, 1, padding);
    return Layers.filter(wide, filter, 2, 0)
        .add(weights.get(name + ".bias").unflatten(0, -1, 1, 1));
  }

  private Tensor up(Tensor middle, Deque<Tensor> skips) {
    Tensor h = middle;
    Tensor said = null;
    for (EdmLayout.Level level : layout.up()) {
      if (level.resampling().isPresent()) {
        h = run(level.resampling().get(), h);
      }
      for (EdmBlock block : level.blocks()) {
        Tensor below = h;
        Tensor skip = skips.pop();
        h = run(block, Tensors.cat(List.of(below, skip), 1));
        scope.free(skip);
      }
      if (layout.says(level)) {
        Tensor part = part(level.size(), h);
        said = said == null ? part : part.add(doubled(level.size(), said));
      }
    }
    return said;
  }

  /** A level's part of the image. */
  private Tensor part(int size, Tensor h) {
    int width = Math.toIntExact(h.size(1));
    Tensor normed = EdmBlock.norms(width).of(weights, EdmLayout.aside("dec", size, "norm"), h);
    return conv(silu(normed), EdmLayout.aside("dec", size, "conv"), 1);
  }

  private Tensor doubled(int size, Tensor said) {
    return Resampling.DOUBLE.apply(said, weights.get(EdmLayout.asideFilter("dec", size, "up")));
  }

  private Tensor run(EdmBlock block, Tensor h) {
    return Scope.of(() -> block.forward(weights, h, Condition.of(embedding)));
  }

  private Tensor conv(Tensor x, String layer, int padding) {
    return conv2d(x, weights.get(layer + ".weight"), weights.get(layer + ".bias"), 1, padding);
  }
}
