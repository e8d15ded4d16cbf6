package org.tiltlens.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Comparison STEP =
      new Comparison(
          "small",
          "guided step",
          "its own filter",
          4,
          false,
          2.4e-6,
          List.of(0.2, 0.1, 0.4),
          List.of(0.3, 0.3, 0.2));

  private static final Comparison HARVEST =
      new Comparison("full", "harvest", "", 16, true, 0, List.of(2.0, 4.0), List.of(12.0, 12.0));

  @Test
  void theRatioIsOfTheMediansAndItsRangeOverTheRounds() {
    assertThat(STEP.tiltlensSeconds()).isEqualTo(0.2);
    assertThat(STEP.pythonSeconds()).isEqualTo(0.3);
    assertThat(STEP.ratio()).isEqualTo(1.5, within(1e-12));
    assertThat(STEP.lowest()).isEqualTo(0.5, within(1e-12));
    assertThat(STEP.highest()).isEqualTo(3, within(1e-12));
  }

  @Test
  void ofAnEvenNumberOfRoundsTheMedianIsBetweenTheMiddleTwo() {
    assertThat(HARVEST.tiltlensSeconds()).isEqualTo(3);
    assertThat(HARVEST.ratio()).isEqualTo(4);
  }

  @Test
  void theTableHasALineEachWithItsUnits() {
    assertThat(new ComparisonTable(List.of(STEP, HARVEST)).toString())
        .isEqualTo(
            """
            | size | what | images | Tiltlens | Python | ratio | over the rounds | largest difference |
            |---|---|---|---|---|---|---|---|
            | small | guided step, Python: its own filter | 4 | 200 ms | 300 ms | **1.50** | 0.50 .. 3.00 | 2e-06 |
            | full | harvest | 16 | 5.33 images/s | 1.33 images/s | **4.00** | 3.00 .. 6.00 | 0e+00 |
            """);
  }

  @Test
  void longStepsAreInSeconds() {
    Comparison slow =
        new Comparison("full", "guided step", "", 1, false, 0, List.of(98.04), List.of(9.999));
    assertThat(new ComparisonTable(List.of(slow)).toString()).contains("| 98.0 s | 9999 ms |");
  }

  @Test
  void theJsonHasEveryRound() {
    assertThat(STEP.toJson().toString())
        .contains("\"images\":4", "\"tiltlens_rounds\":[0.2,0.1,0.4]")
        .contains("\"python_rounds\":[0.3,0.3,0.2]");
  }

  @Test
  void roundsOfOneSideAloneAreRefused() {
    assertThatThrownBy(
            () -> new Comparison("s", "w", "", 1, false, 0, List.of(1.0, 2.0), List.of(1.0)))
        .hasMessage("rounds: 2 of Tiltlens and 1 of Python, expected as many and at least one");
  }
}
