package org.tiltlens.torch;

import static java.lang.System.Logger.Level.WARNING;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
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
  private static final System.Logger LOG = System.getLogger("org.tiltlens");

  /** Numbers that go through a network together on the CPU: ten colour images of 64 pixels. */
  private static final long MOST_NUMBERS = 10L * 3 * 64 * 64;

  /** More would leave lanes of a usual number of cores without work, and gain little. */
  private static final int SET = 4;

  private static final List<String> OUT_OF_MEMORY =
      List.of(
          "CUDA out of memory",
          "CUDA error: out of memory",
          "CUBLAS_STATUS_ALLOC_FAILED",
          "CUDNN_STATUS_ALLOC_FAILED");

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

  /**
   * Calls {@code work(first, count)} for consecutive groups of 0 .. n - 1; results in order.
   *
   * <p>A group for which a GPU has no room is computed in halves, and so are those after it: a
   * warning says so once. Work must therefore do nothing lasting before it can no longer fail.
   */
  public <T> List<T> map(int n, BiFunction<Integer, Integer, T> work) {
    Groups<T> groups = new Groups<>(work, new AtomicInteger(together));
    return lanes
        .map(
            (n + together - 1) / together,
            i -> groups.of(i * together, Math.min(together, n - i * together)))
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Calls {@code work} for the numbers of consecutive groups of 0 .. n - 1; a result for each
   * number, in order.
   */
  public <T> List<T> each(int n, Function<List<Integer>, List<T>> work) {
    return map(
            n, (first, count) -> work.apply(IntStream.range(first, first + count).boxed().toList()))
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  /**
   * The same as {@link #map} on the caller's own thread, one group after the other: for work that
   * has the threads of its operations from there.
   *
   * @param together images in one evaluation, at least 1
   */
  public static <T> List<T> inTurn(int n, int together, BiFunction<Integer, Integer, T> work) {
    Groups<T> groups = new Groups<>(work, new AtomicInteger(together));
    List<T> results = new ArrayList<>();
    for (int first = 0; first < n; first += together) {
      results.addAll(groups.of(first, Math.min(together, n - first)));
    }
    return results;
  }

  /**
   * Groups, and how many images were found to fit.
   *
   * @param fitting at least 1
   */
  private record Groups<T>(BiFunction<Integer, Integer, T> work, AtomicInteger fitting) {
    List<T> of(int first, int count) {
      List<T> results = new ArrayList<>();
      int done = 0;
      while (done < count) {
        int now = Math.min(fitting.get(), count - done);
        try {
          results.add(work.apply(first + done, now));
          done += now;
        } catch (RuntimeException e) {
          if (now == 1 || !isOutOfMemory(e)) {
            throw e;
          }
          fitting.accumulateAndGet((now + 1) / 2, Math::min);
          LOG.log(
              WARNING,
              "no room on the device for {0} images together: going on with {1}; a smaller batch"
                  + " saves the attempt",
              now,
              fitting.get());
        }
      }
      return results;
    }

    /** The engine has no type of its own for it, and its libraries have words of theirs. */
    private static boolean isOutOfMemory(RuntimeException e) {
      String message = String.valueOf(e.getMessage());
      return OUT_OF_MEMORY.stream().anyMatch(message::contains);
    }
  }
}
