package org.tiltlens.unet;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Scope;

/** Blocks one after the other; the temporaries of each are freed before the next. */
record BlockSequence(List<UnetBlock> blocks) implements UnetBlock {
  BlockSequence {
    blocks = List.copyOf(blocks);
  }

  @Override
  public void expect(UnetShapes shapes) {
    blocks.forEach(block -> block.expect(shapes));
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    Tensor h = x;
    for (UnetBlock block : blocks) {
      Tensor in = h;
      h = Scope.of(() -> block.forward(weights, in, told));
    }
    return h;
  }
}
