package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.harvest.FeaturePictures;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;
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
      description =
          "selective: live ones first, active on 0.5 %% to 50 %% of the images, and of these those"
              + " whose 99.5th percentile stands highest above the median, in standard deviations;"
              + " frequency or max, highest first; or index. Default: selective.")
  private FeatureTable.Sort sort = FeatureTable.Sort.SELECTIVE;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Features to list. Default: ${DEFAULT-VALUE}.")
  private int limit = 20;

  @Option(
      names = "--min-frequency",
      paramLabel = "F",
      description =
          "Only features active on at least this share of the images, in [0, 1]. Default: 0.")
  private double minFrequency;

  @Option(
      names = "--max-frequency",
      paramLabel = "F",
      description =
          "Only features active on at most this share of the images, in [0, 1]. Default: 1.")
  private double maxFrequency = 1;

  @Option(
      names = "--feature",
      paramLabel = "J",
      split = ",",
      description = "These features alone, with all of their top images. Default: by --sort.")
  private List<Integer> chosen = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write a page of the listed features here: their top images under their activation maps."
              + " Default: none.")
  private Path folder;

  @Option(
      names = "--images",
      paramLabel = "DIR|ZIP|IDX",
      description =
          "Where the harvested images are now. Default: where they were, or the bundle's.")
  private Path images;

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
      List<FeatureStatistics> features = features(table);
      if (folder != null) {
        writePage(table.info(), features);
      }
      if (json) {
        out.println(
            Json.write(
                new Listing(
                    table.info(), features.stream().map(Row::new).toList(), table.unknown())));
      } else {
        print(table, features, out);
      }
    }
    out.flush();
    return 0;
  }

  private void writePage(HarvestInfo info, List<FeatureStatistics> features) throws IOException {
    HarvestSpec spec =
        source(info)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "'"
                            + file
                            + "' does not say which images and models it was harvested from, as an"
                            + " earlier release wrote it: harvest again"));
    FeaturePictures.write(
        spec,
        info,
        features,
        chosen.isEmpty() ? FeaturePictures.USUAL : Integer.MAX_VALUE,
        "cpu",
        folder,
        new ConsoleProgress(System.err));
  }

  private void print(FeatureTable table, List<FeatureStatistics> features, PrintWriter out) {
    try (ImageNamesOf names = ImageNamesOf.open(source(table.info()), table.info())) {
      out.print(FeaturesTable.of(table.info(), features, names, order()));
      if (!table.unknown().isEmpty()) {
        out.println(UnknownFeatures.line(table.unknown()));
      }
      if (names.problem() != null) {
        out.println(names.problem());
      }
    }
    if (folder != null) {
      out.println(folder.resolve("index.html"));
    }
  }

  /** Empty where features were named. */
  private Optional<FeatureTable.Sort> order() {
    return chosen.isEmpty() ? Optional.of(sort) : Optional.empty();
  }

  private List<FeatureStatistics> features(FeatureTable table) {
    return chosen.isEmpty()
        ? table.features(sort, limit, new FeatureTable.Frequencies(minFrequency, maxFrequency))
        : chosen.stream().map(table::feature).toList();
  }

  /** Where images and models are; empty if the table does not say. */
  private Optional<HarvestSpec> source(HarvestInfo info) {
    Optional<HarvestSpec> said =
        file != null
            ? Optional.ofNullable(info.spec())
            : Optional.of(HarvestSpec.of(bundle().orElseThrow()));
    return said.map(spec -> images == null ? spec : spec.withImages(images.toString()));
  }

  private Optional<Bundle> bundle() {
    try {
      return bundleOption.bundle(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path ofBundle() {
    Bundle bundle = bundle().orElseThrow();
    return bundle.path(bundle.manifest().features());
  }
}
