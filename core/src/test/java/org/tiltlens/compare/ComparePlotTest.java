package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.tiltlens.chart.Nines;
import org.tiltlens.compare.CompareResult.Metrics;
import org.tiltlens.run.Json;

class ComparePlotTest {
  @TempDir private Path folder;
  private CompareResult run;

  @BeforeEach
  void makeRun() throws Exception {
    run = CompareFixture.write(folder);
  }

  private List<Double> sorted(Method method, ToDoubleFunction<Metrics> number) {
    return run.results().stream()
        .filter(cell -> cell.method().equals(method) && cell.metrics() != null)
        .map(cell -> number.applyAsDouble(cell.metrics()))
        .sorted()
        .toList();
  }

  @Test
  void everyMethodHasAMarkPerFeatureAndOneForItsMedian() {
    for (XYChart chart : List.of(ComparePlot.againstBits(run), ComparePlot.againstKernel(run))) {
      for (Method method : CompareFixture.METHODS) {
        int features = method.equals(CompareFixture.FAILED_METHOD) ? 2 : 3;
        assertThat(chart.getSeries(method.key()).getXData()).hasSize(features);
        assertThat(chart.getSeries(method.label()).getXData()).hasSize(1);
      }
    }
  }

  @Test
  void mediansAreInTheMiddle() {
    XYSeries bits = ComparePlot.againstBits(run).getSeries("KLSC, tilt");
    XYSeries kernel = ComparePlot.againstKernel(run).getSeries("KLSC, tilt");
    double percentile = sorted(Method.of("tilt"), Metrics::reachedPercentile).get(1);
    assertThat(bits.getXData())
        .containsExactly(sorted(Method.of("tilt"), m -> m.bitsPerDim().value()).get(1));
    assertThat(kernel.getXData())
        .containsExactly(sorted(Method.of("tilt"), m -> m.sameScore().kernel().value()).get(1));
    assertThat(100 - 100 / bits.getYData()[0]).isCloseTo(percentile, within(1e-9));
    assertThat(kernel.getYData()).isEqualTo(bits.getYData());
  }

  @Test
  void onlyAWideRangeIsLogarithmic() {
    assertThat(ComparePlot.againstBits(run).getStyler().isXAxisLogarithmic()).isFalse();
    assertThat(ComparePlot.againstKernel(run).getStyler().isXAxisLogarithmic()).isTrue();
  }

  @Test
  void aRunOfFailuresHasAllItsFiles() throws Exception {
    Path json = folder.resolve("failed.json");
    Files.writeString(json, Json.write(run));
    ObjectNode tree = Json.read(json, null, ObjectNode.class);
    tree.get("results").forEach(cell -> ((ObjectNode) cell).remove("metrics"));
    tree.get("medians").forEach(median -> ((ObjectNode) median).put("features", 0));
    Files.writeString(json, Json.write(tree));
    CompareFiles.write(folder, Json.read(json, null, CompareResult.class));
    assertThat(folder)
        .isDirectoryContaining("glob:**compare-bits.svg")
        .isDirectoryContaining("glob:**compare-kernel.png")
        .isDirectoryContaining("glob:**compare.csv")
        .isDirectoryContaining("glob:**index.html");
  }

  @Test
  void aPercentileOf100IsAtTheEndOfTheCorpus() {
    assertThat(Nines.ofCorpus(5000).of(100)).isEqualTo(4);
    assertThat(Nines.ofCorpus(5000).of(99)).isCloseTo(2, within(1e-12));
  }
}
