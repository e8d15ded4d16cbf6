package org.tiltlens.annealing;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Paths of a prior's sampler from noise to images: what they were made of, where they can be
 * branched, and where they end. Owns its tensors.
 *
 * @param noise (N, T + 1, C, H, W): the Gaussian numbers u_0 .. u_T of T steps
 * @param states (N, L, C, H, W): after each of the levels' steps
 * @param x (N, C, H, W), the images
 */
public record Paths(Tensor noise, Tensor states, Tensor x) implements AutoCloseable {
  /** Number of paths. */
  public int size() {
    return Math.toIntExact(x.size(0));
  }

  /**
   * Copies of some paths, in this order and as often as named; the caller closes them.
   *
   * @param device where the paths are
   */
  public Paths of(Device device, int... indices) {
    try (Scope scope = Scope.open()) {
      long[] rows = Arrays.stream(indices).asLongStream().toArray();
      Tensor index = device.place(Tensors.longs(rows, rows.length));
      return kept(
          noise.index_select(0, index), states.index_select(0, index), x.index_select(0, index));
    }
  }

  /** Consecutive paths; views into these, for the innermost scope. */
  Paths rows(int first, int count) {
    return new Paths(
        noise.narrow(0, first, count), states.narrow(0, first, count), x.narrow(0, first, count));
  }

  /** All of several, in order; the caller closes the result. */
  static Paths joined(List<Paths> parts) {
    try (Scope scope = Scope.open()) {
      return kept(
          Tensors.cat(parts.stream().map(Paths::noise).toList(), 0),
          Tensors.cat(parts.stream().map(Paths::states).toList(), 0),
          Tensors.cat(parts.stream().map(Paths::x).toList(), 0));
    }
  }

  /** Beyond the innermost scope. */
  static Paths kept(Tensor noise, Tensor states, Tensor x) {
    return new Paths(Scope.keepForever(noise), Scope.keepForever(states), Scope.keepForever(x));
  }

  /** Puts one path in the place of another. */
  void replace(int row, Paths by, int theirs) {
    noise.narrow(0, row, 1).copy_(by.noise.narrow(0, theirs, 1));
    states.narrow(0, row, 1).copy_(by.states.narrow(0, theirs, 1));
    x.narrow(0, row, 1).copy_(by.x.narrow(0, theirs, 1));
  }

  @Override
  public void close() {
    Stream.of(noise, states, x).forEach(Scope::release);
  }
}
