package org.tiltlens.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final List<String> calls = new ArrayList<>();

  /** A side of which one computation takes so long, the very first time twice as long. */
  private Turns.Side side(String name, double seconds) {
    return n -> {
      boolean first = calls.stream().noneMatch(call -> call.startsWith(name));
      calls.add(name + n);
      return n * seconds * (first ? 2 : 1);
    };
  }

  @Test
  void sidesTakeTurnsOfTheSameLengthOnceTheyAreWarm() {
    List<List<Double>> times =
        new Turns(2, 1).times(List.of(side("fast", 0.25), side("slow", 3), side("even", 1)));
    assertThat(calls)
        .containsExactly(
            "fast1", "fast2", "slow1", "even1", // how many are a turn
            "fast4", "slow1", "even1", //
            "fast4", "slow1", "even1");
    assertThat(times).containsExactly(List.of(0.25, 0.25), List.of(3.0, 3.0), List.of(1.0, 1.0));
  }

  @Test
  void nothingIsTimedWhereResultsDiffer() {
    Map<String, Double> differences = new LinkedHashMap<>(Map.of("score", 1e-5, "after", 1e-4));
    assertThat(SideBySide.largest("harvest", differences)).isEqualTo(1e-4);
    differences.put("gradient", 0.25);
    assertThatThrownBy(() -> SideBySide.largest("harvest", differences))
        .hasMessage(
            "the two sides differ by 0.25 in 'gradient' of the harvest, expected at most 1e-03:"
                + " nothing is timed");
    differences.put("gradient", Double.NaN);
    assertThatThrownBy(() -> SideBySide.largest("harvest", differences))
        .hasMessageContaining("differ by NaN");
  }
}
