package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Interval;
import org.tiltlens.metrics.RankCorrelation;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;

/**
 * Prints, and draws, how the KL that exact samples save over other samplers goes with the
 * activation that they keep, over the features of comparisons at several levels.
 *
 * <p>Arguments: the picture's file, then folders of finished comparisons that have {@code exact},
 * one per level.
 */
public final class SavedAndKept {
  private static final Method EXACT = Method.of("exact");

  /** Of one feature at one level: nats saved, and the exact mean score over the other's. */
  private record Pair(int feature, double saved, double kept) {}

  private SavedAndKept() {}

  public static void main(String... arguments) throws IOException {
    List<CompareResult> runs = new ArrayList<>();
    for (String folder : Arrays.asList(arguments).subList(1, arguments.length)) {
      runs.add(Json.read(Path.of(folder).resolve("compare.json"), null, CompareResult.class));
    }
    XYChart chart =
        ChartStyle.chart("KL saved by exact samples, in nats", "activation kept, exact / other");
    System.out.println(
        "| sampler | pairs | KL saved, median | activation kept, median | Spearman |");
    System.out.println("|---|---|---|---|---|");
    for (Method method : runs.get(0).spec().methods()) {
      List<Pair> pairs = runs.stream().flatMap(run -> pairs(run, method).stream()).toList();
      if (pairs.size() < 3) {
        continue;
      }
      print(method, pairs);
      XYSeries series =
          chart.addSeries(method.label(), saved(pairs, all(pairs)), kept(pairs, all(pairs)));
      ChartStyle.draw(series, method.mark(), SeriesLines.NONE);
    }
    chart.getStyler().setXAxisLogarithmic(true);
    WholeFile.writeText(Path.of(arguments[0]), ChartFiles.svg(chart));
  }

  private static void print(Method method, List<Pair> pairs) {
    int[] features = pairs.stream().mapToInt(Pair::feature).toArray();
    // Levels of one feature are no independent draws.
    Interval correlation =
        new Bootstrap(45)
            .ofUnits(
                features, picks -> RankCorrelation.of(saved(pairs, picks), kept(pairs, picks)));
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.1f | %.2f | %.2f (%.2f to %.2f) |%n",
        method.label(),
        pairs.size(),
        middle(saved(pairs, all(pairs))),
        middle(kept(pairs, all(pairs))),
        correlation.value(),
        correlation.low(),
        correlation.high());
  }

  private static List<Pair> pairs(CompareResult run, Method method) {
    List<Pair> pairs = new ArrayList<>();
    for (int feature : run.spec().features()) {
      CompareResult.Metrics exact = metrics(run, feature, EXACT);
      CompareResult.Metrics other = metrics(run, feature, method);
      boolean known =
          !method.equals(EXACT)
              && exact != null
              && other != null
              && other.kl() != null
              && other.kl().nats() != null;
      if (known) {
        pairs.add(
            new Pair(
                feature,
                other.kl().nats() - exact.kl().nats(),
                exact.meanScore().value() / other.meanScore().value()));
      }
    }
    return pairs;
  }

  /** Null after a failure. */
  private static CompareResult.Metrics metrics(CompareResult run, int feature, Method method) {
    return run.cell(feature, method).map(CompareResult.Cell::metrics).orElse(null);
  }

  private static int[] all(List<Pair> pairs) {
    return IntStream.range(0, pairs.size()).toArray();
  }

  private static double[] saved(List<Pair> pairs, int... picks) {
    return Arrays.stream(picks).mapToDouble(i -> pairs.get(i).saved).toArray();
  }

  private static double[] kept(List<Pair> pairs, int... picks) {
    return Arrays.stream(picks).mapToDouble(i -> pairs.get(i).kept).toArray();
  }

  private static double middle(double... values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
