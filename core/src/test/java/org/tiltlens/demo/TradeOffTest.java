package org.tiltlens.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.chart.Axis;
import org.tiltlens.chart.NamePlaces;

class TradeOffTest {
  @TempDir private Path folder;

  @Test
  void percentilesAreSpacedByTheirNines() throws Exception {
    TradeOff plot = TradeOff.of(DemoFixture.write(folder)).orElseThrow();
    Map<String, Double> places =
        plot.percentileTicks().stream()
            .collect(Collectors.toMap(TradeOff.Tick::text, TradeOff.Tick::place));
    assertThat(places).containsOnlyKeys("0", "50", "90", "99", "99.9", "99.99", "100");
    double nine = places.get("0") - places.get("90");
    assertThat(places.get("90") - places.get("99")).isCloseTo(nine, within(0.11));
    assertThat(places.get("99") - places.get("99.9")).isCloseTo(nine, within(0.11));
    assertThat(places.get("100")).isEqualTo(TradeOff.TOP);
  }

  @Test
  void everyTiltIsADotInsideTheDrawing() throws Exception {
    TradeOff plot = TradeOff.of(DemoFixture.write(folder)).orElseThrow();
    assertThat(plot.curves()).extracting(TradeOff.Curve::feature).containsExactly(7, 301);
    assertThat(plot.curves())
        .flatExtracting(TradeOff.Curve::dots)
        .hasSize(4)
        .allSatisfy(
            dot -> {
              assertThat(dot.x()).isBetween((double) TradeOff.LEFT, (double) TradeOff.RIGHT);
              assertThat(dot.y()).isBetween((double) TradeOff.TOP, (double) TradeOff.BOTTOM);
            });
  }

  @Test
  void ticksAreRoundAndFew() {
    Axis axis = new Axis(3.02, 3.31, 0, 100);
    double step = axis.step(6);
    assertThat(step).isCloseTo(0.05, within(1e-12));
    assertThat(axis.multiples(step).boxed().toList())
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-9 ? 0 : 1)
        .isEqualTo(List.of(3.05, 3.1, 3.15, 3.2, 3.25, 3.3));
  }

  @Test
  void namesLeaveDotsAndEachOtherFree() {
    NamePlaces places = new NamePlaces();
    places.keepFree(100, 100);
    places.keepFree(115, 100);
    NamePlaces.Place left = places.beside(100, 100);
    NamePlaces.Place right = places.beside(115, 100);
    assertThat(left.x()).isLessThan(100 - 24);
    assertThat(right.x()).isGreaterThan(115);
  }
}
