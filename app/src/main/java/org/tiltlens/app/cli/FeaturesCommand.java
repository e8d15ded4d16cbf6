package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tiltlens features}: the table that a harvest wrote. */
@Command(
    name = "features",
    description = "Lists a dictionary's features with what a harvest measured of them.",
    mixinStandardHelpOptions = true)
final class FeaturesCommand implements Callable<Integer> {
  private static final List<Column> COLUMNS =
      List.of(
          Column.of("feature", 7, 0),
          Column.of("images %", 9, 0),
          Column.of("places %", 9, 1),
          Column.of("mean", 9, 2),
          Column.of("p50", 9, 3),
          Column.of("p90", 9, 4),
          Column.of("p99", 9, 6),
          Column.of("max", 9, 0),
          new Column(" top images", 11, true, 5));

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "A table written by tiltlens harvest. Default: the bundle's.")
  private Path file;

  @Mixin private BundleOption bundleOption;

  @Option(
      names = "--sort",
      paramLabel = "S",
      description = "frequency or max, highest first, or index. Default: frequency.")
  private FeatureTable.Sort sort = FeatureTable.Sort.FREQUENCY;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Features to list. Default: ${DEFAULT-VALUE}.")
  private int limit = 20;

  @Option(
      names = "--min-frequency",
      paramLabel = "F",
      description = "Only features active on at least this share of the images, in [0, 1].")
  private double minFrequency;

  @Option(
      names = "--max-frequency",
      paramLabel = "F",
      description = "Only features active on at most this share of the images, in [0, 1].")
  private double maxFrequency = 1;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  /** A feature as JSON: its statistics without the sample behind them. */
  private record Row(
      int feature,
      double frequency,
      double positionFrequency,
      double mean,
      double deviation,
      double min,
      double max,
      Map<String, Double> percentiles,
      List<FeatureStatistics.TopImage> top) {
    Row(FeatureStatistics s) {
      this(
          s.feature(),
          s.frequency(),
          s.positionFrequency(),
          s.mean(),
          s.deviation(),
          s.min(),
          s.max(),
          s.percentilesByName(),
          s.top());
    }
  }

  /** What {@code --json} prints. */
  private record Listing(
      HarvestInfo harvest, List<Row> features, List<Integer> withoutStatistics) {}

  @Override
  public Integer call() throws IOException {
    if (file != null && bundleOption.isGiven()) {
      throw new ParameterException(command.commandLine(), "give one of FILE and --bundle DIR");
    }
    PrintWriter out = command.commandLine().getOut();
    try (FeatureTable table = FeatureTable.open(file != null ? file : ofBundle())) {
      List<FeatureStatistics> features =
          table.features(sort, limit, new FeatureTable.Frequencies(minFrequency, maxFrequency));
      if (json) {
        out.println(
            Json.write(
                new Listing(
                    table.info(), features.stream().map(Row::new).toList(), table.unknown())));
      } else {
        print(table.info(), features, out);
        if (!table.unknown().isEmpty()) {
          out.println(UnknownFeatures.line(table.unknown()));
        }
      }
    }
    out.flush();
    return 0;
  }

  private Path ofBundle() throws IOException {
    Bundle bundle = bundleOption.bundle(false).orElseThrow();
    return bundle.path(bundle.manifest().features());
  }

  private static void print(HarvestInfo info, List<FeatureStatistics> features, PrintWriter out) {
    Table table = new Table("", COLUMNS);
    for (FeatureStatistics feature : features) {
      Map<String, Double> percentiles = feature.percentilesByName();
      table.row(
          Integer.toString(feature.feature()),
          number("%.3f", 100 * feature.frequency()),
          number("%.3f", 100 * feature.positionFrequency()),
          number("%.4f", feature.mean()),
          number("%.4f", percentiles.get("p50")),
          number("%.4f", percentiles.get("p90")),
          number("%.4f", percentiles.get("p99")),
          number("%.4f", feature.max()),
          " " + topImages(feature));
    }
    out.print(table.text());
    out.printf(
        Locale.ROOT,
        "%,d of %,d features on %,d images: %s%n",
        features.size(),
        info.features(),
        info.images(),
        info.score());
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String topImages(FeatureStatistics feature) {
    return String.join(
        " ", feature.top().stream().limit(4).map(top -> Integer.toString(top.image())).toList());
  }
}
