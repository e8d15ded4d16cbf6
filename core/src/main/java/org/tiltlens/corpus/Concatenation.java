package org.tiltlens.corpus;

import java.util.Arrays;

/** Collections one behind the other: which of them holds an index of the whole, and where. */
final class Concatenation {
  /** The index of each collection's first element, and behind them how many there are. */
  private final int[] starts;

  /**
   * @param sizes of the collections, together an int
   */
  Concatenation(int... sizes) {
    starts = new int[sizes.length + 1];
    for (int i = 0; i < sizes.length; i++) {
      starts[i + 1] = Math.addExact(starts[i], sizes[i]);
    }
  }

  int size() {
    return starts[starts.length - 1];
  }

  /** The collection that holds an index. */
  int part(int index) {
    int at = Arrays.binarySearch(starts, index);
    int part = at >= 0 ? at : -at - 2;
    while (starts[part + 1] == starts[part]) {
      part++; // empty
    }
    return part;
  }

  /** Where in its collection an index is. */
  int within(int index) {
    return index - starts[part(index)];
  }
}
