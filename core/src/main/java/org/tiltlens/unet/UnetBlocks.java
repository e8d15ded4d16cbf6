package org.tiltlens.unet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The blocks of a UNet in the order in which they run, between its first and its last convolution.
 *
 * @param input the way down; each output is kept for the way up, as is what the first block is
 *     given
 * @param middle the coarsest level
 * @param output the way up; each takes the last kept map beside its input
 */
record UnetBlocks(List<UnetBlock> input, UnetBlock middle, List<UnetBlock> output) {
  UnetBlocks {
    input = List.copyOf(input);
    output = List.copyOf(output);
  }

  /** Names the tensors that they need. */
  void expect(UnetShapes shapes) {
    input.forEach(block -> block.expect(shapes));
    middle.expect(shapes);
    output.forEach(block -> block.expect(shapes));
  }

  /**
   * Runs them.
   *
   * @param first what the first convolution gave, (N, C, H, W), a tensor of {@code scope}
   * @param told what the blocks are told
   * @param scope frees maps as soon as they are not needed
   * @return (N, C, H, W)
   */
  Tensor forward(Weights weights, Tensor first, Condition told, Scope scope) {
    Deque<Tensor> skips = new ArrayDeque<>();
    skips.push(first);
    Tensor h = first;
    for (UnetBlock block : input) {
      h = run(weights, block, h, told);
      skips.push(h);
    }
    h = run(weights, middle, h, told);
    for (UnetBlock block : output) {
      Tensor below = h;
      Tensor skip = skips.pop();
      h = Scope.of(() -> block.forward(weights, Tensors.cat(List.of(below, skip), 1), told));
      scope.free(below);
      scope.free(skip);
    }
    return h;
  }

  private static Tensor run(Weights weights, UnetBlock block, Tensor h, Condition told) {
    return Scope.of(() -> block.forward(weights, h, told));
  }
}
