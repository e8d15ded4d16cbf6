package org.tiltlens.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Who computes when: by turns, so that whatever else the machine does meets all sides.
 *
 * @param rounds in each of which every side has one turn, in their order
 * @param seconds that a turn lasts at least, in whole computations
 */
record Turns(int rounds, double seconds) {
  /** Something that is computed again and again. */
  @FunctionalInterface
  interface Side {
    /** Seconds that it takes so many times. */
    double seconds(int iterations);
  }

  /** Side -> seconds of one computation, round by round. */
  List<List<Double>> times(List<Side> sides) {
    List<Integer> iterations = sides.stream().map(this::iterations).toList();
    List<List<Double>> times = new ArrayList<>();
    sides.forEach(side -> times.add(new ArrayList<>()));
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < sides.size(); i++) {
        times.get(i).add(sides.get(i).seconds(iterations.get(i)) / iterations.get(i));
      }
    }
    return times;
  }

  /** How many computations fill a turn, once the side is warm. */
  private int iterations(Side side) {
    int cold = atLeastOne(seconds / side.seconds(1));
    return cold == 1 ? 1 : atLeastOne(seconds * cold / side.seconds(cold));
  }

  private static int atLeastOne(double iterations) {
    return Math.max(1, (int) Math.ceil(iterations));
  }
}
