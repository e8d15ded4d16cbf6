package org.tiltlens.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/**
 * First values of weights, drawn by the tensor's name and the seed.
 *
 * @param seed the training's
 */
record Initialisation(long seed) {

  /** Normal with mean 0. */
  Tensor normal(String name, List<Long> shape, double std) {
    return Tensors.scale(
        Noise.normal(seed, RandomStream.WEIGHTS, name.hashCode(), sizes(shape)), std);
  }

  /** Uniform in [-bound, bound). */
  Tensor uniform(String name, List<Long> shape, double bound) {
    Tensor draws = Noise.uniform(seed, RandomStream.WEIGHTS, name.hashCode(), sizes(shape));
    return Tensors.plus(Tensors.scale(draws, 2 * bound), -bound);
  }

  static Tensor constant(List<Long> shape, double value) {
    return Tensors.full(value, sizes(shape));
  }

  /** Numbers that one output of a layer of this weight is the weighted sum of. */
  static double fanIn(List<Long> shape) {
    return shape.stream().skip(1).reduce(1L, Math::multiplyExact);
  }

  private static long[] sizes(List<Long> shape) {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
