package org.tiltlens.torch;

import java.util.List;
import java.util.function.BiFunction;

/**
 * How many images go through the networks together, and how many such groups beside each other.
 *
 * <p>On the CPU take one together: a network rounds a batch differently from its images alone, so
 * only then are an image's bits its own, whatever the number of lanes (see {@link Lanes}). A GPU
 * needs many together to be fast, and so do closed-form priors, whose few operations on a handful
 * of numbers cost less than starting them.
 *
 * @param together images in one evaluation, at least 1; memory grows with it
 * @param lanes evaluations at the same time
 */
public record Batching(int together, Lanes lanes) {
  /** Repeatable to the bit on the CPU. */
  public static Batching oneByOne(Lanes lanes) {
    return new Batching(1, lanes);
  }

  /** All that fit, one evaluation at a time. */
  public static Batching together(int images) {
    return new Batching(images, new Lanes(1, 1));
  }

  public Batching {
    if (together < 1) {
      throw new IllegalArgumentException(
          "images evaluated together: " + together + ", must be at least 1");
    }
  }

  /** Calls {@code work(first, count)} for consecutive groups of 0 .. n - 1; results in order. */
  public <T> List<T> map(int n, BiFunction<Integer, Integer, T> work) {
    int groups = (n + together - 1) / together;
    return lanes.map(groups, i -> work.apply(i * together, Math.min(together, n - i * together)));
  }
}
