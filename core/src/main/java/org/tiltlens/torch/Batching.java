package org.tiltlens.torch;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.LongStream;

/**
 * How many images go through the networks together, and how many such groups beside each other.
 *
 * <p>On the CPU take one together: a network rounds a batch differently from its images alone, so
 * only then are an image's bits its own, whatever the number of lanes (see {@link Lanes}). Images
 * that are drawn as a set take {@link #ofSet a few}, as their number is part of what they are. A
 * GPU needs many together to be fast, and so do closed-form priors, whose few operations on a
 * handful of numbers cost less than starting them.
 *
 * @param together images in one evaluation, at least 1; memory grows with it
 * @param lanes evaluations at the same time
 */
public record Batching(int together, Lanes lanes) {
  /** Numbers that go through a network together on the CPU: ten colour images of 64 pixels. */
  private static final long MOST_NUMBERS = 10L * 3 * 64 * 64;

  /** More would leave lanes of a usual number of cores without work, and gain little. */
  private static final int SET = 4;

  /** Repeatable to the bit on the CPU. */
  public static Batching oneByOne(Lanes lanes) {
    return new Batching(1, lanes);
  }

  /** All that fit, one evaluation at a time. */
  public static Batching together(int images) {
    return new Batching(images, new Lanes(1, 1));
  }

  /**
   * A few together on the CPU too, where that is half as fast again: for images that are drawn as
   * one set. Their bits are then the set's, still whatever the lanes.
   *
   * @param device where the networks are; none but the CPU is given other groups
   * @param image an image's shape
   */
  public Batching ofSet(Device device, long... image) {
    int few = fitting(SET, LongStream.of(image).reduce(1, (a, b) -> a * b));
    return device.isCpu() ? new Batching(Math.max(together, few), lanes) : this;
  }

  /**
   * How many images go together on the CPU: fewer of large ones.
   *
   * @param most of small ones
   * @param numbers of one image
   */
  public static int fitting(int most, long numbers) {
    return (int) Math.max(1, Math.min(most, MOST_NUMBERS / numbers));
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
