package org.tiltlens.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images of a corpus that are a part, or paths of a pool.
 *
 * @param from the first
 * @param to the image behind the last
 */
record Range(int from, int to) implements Serializable {
  int images() {
    return to - from;
  }

  /** Each of them. */
  List<Integer> numbers() {
    return IntStream.range(from, to).boxed().toList();
  }

  /** The name of its file. */
  String name() {
    return "part-%d-%d".formatted(from, to);
  }

  /**
   * All images in order.
   *
   * @param each how many a part has, but for the last
   */
  static List<Range> all(int images, int each) {
    List<Range> ranges = new ArrayList<>();
    for (long from = 0; from < images; from += each) {
      ranges.add(new Range((int) from, (int) Math.min(images, from + each)));
    }
    return ranges;
  }
}
