package org.tiltlens.torch;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Gradients where they are taken and nowhere else.
 *
 * <p>Weights never require a gradient, so a graph exists only downstream of a {@link #leaf}.
 */
public final class Autograd {
  static {
    Engine.start();
  }

  private Autograd() {}

  /** A copy-free view of {@code x}, cut off from any graph, at which a new graph starts. */
  public static Tensor leaf(Tensor x) {
    return x.detach().set_requires_grad(true);
  }

  /**
   * d {@code sum} / d {@code leaf}; frees the graph.
   *
   * @param sum a one-element tensor. Sum a batch of scores, never average it: averaging would
   *     divide each image's gradient by the batch size.
   * @return a tensor of {@code leaf}'s shape without a graph; zeros where {@code sum} does not
   *     depend on {@code leaf}
   */
  public static Tensor gradient(Tensor sum, Tensor leaf) {
    if (sum.numel() != 1) {
      throw new IllegalArgumentException(
          "gradient of a tensor of shape "
              + Tensors.describe(sum)
              + ": expected one element; sum it first");
    }
    if (!sum.requires_grad()) {
      return torch.zeros_like(leaf).detach();
    }
    return torch.grad(new TensorVector(sum), new TensorVector(leaf)).get(0).detach();
  }

  /**
   * d {@code loss} / d each of {@code leaves}; frees the graph.
   *
   * @param loss a one-element tensor that depends on every leaf
   * @return tensors of the leaves' shapes, in their order, without a graph
   */
  public static List<Tensor> gradients(Tensor loss, List<Tensor> leaves) {
    TensorVector at = new TensorVector(leaves.toArray(Tensor[]::new));
    return Arrays.stream(torch.grad(new TensorVector(loss), at).get()).map(Tensor::detach).toList();
  }

  /**
   * d {@code sum} / d each of {@code places}, tensors on the way to it; the graph can be used
   * again.
   *
   * @param sum a one-element tensor that depends on every place
   * @return tensors of the places' shapes, in their order, without a graph
   */
  public static List<Tensor> gradientsOnTheWay(Tensor sum, List<Tensor> places) {
    TensorVector at = new TensorVector(places.toArray(Tensor[]::new));
    TensorVector gradients =
        torch.grad(
            new TensorVector(sum), at, new TensorVector(), new BoolOptional(true), false, false);
    return Arrays.stream(gradients.get()).map(Tensor::detach).toList();
  }
}
