package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.tiltlens.harvest.FeatureSummary;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Named;
import org.tiltlens.run.SpecException;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;
import org.tiltlens.study.StudySpec;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code tiltlens visualize-all}: samples of many features from one pool. */
@Command(
    name = "visualize-all",
    description =
        "Draws samples of many features from one pool, into a folder for --folder of tiltlens"
            + " studio. Takes every other option of visualize, for each feature the same. A killed"
            + " one goes on where it stopped.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class VisualizeAllCommand implements Callable<Integer> {
  private static final String ALL = "all";

  /** Told by their numbers; of more, how many. */
  private static final int NAMED = 10;

  @Spec private CommandSpec command;

  @Option(
      names = "--features",
      paramLabel = "J,J,...|all",
      required = true,
      split = ",",
      description = "Which features; all: those that are active on any image of the harvest.")
  private List<String> features;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Output folder. Default: tiltlens-out/visualize-all-HASH.")
  private Path out;

  @Mixin private SparkOption spark;

  @Unmatched private List<String> others = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    VisualizeCommand one = new VisualizeCommand();
    // Options that say which unit and where it goes have a meaning of their own here.
    new CommandLine(one)
        .parseArgs(
            Stream.concat(Stream.of("--feature", "0"), others.stream()).toArray(String[]::new));
    StudySpec like = one.spec();
    ManySpec many = new ManySpec(like, numbers(like));
    Path folder = out == null ? Jobs.VISUALIZE_ALL.defaultFolder(many) : out;
    ManyResult result =
        spark
            .on(Jobs.VISUALIZE_ALL, Cluster::visualizeAll)
            .run(many, one.execution(like), folder, new ConsoleProgress(System.err));
    PrintWriter to = command.commandLine().getOut();
    to.printf(
        Locale.ROOT,
        "%s: samples of %,d of %,d features, %,d of them beyond what the pool tells by itself%n"
            + "  walk through them: tiltlens studio --folder %s%n",
        folder,
        result.drawn(),
        many.features().size(),
        result.annealed(),
        folder);
    result.refused().entrySet().stream()
        .limit(NAMED)
        .forEach(each -> to.printf("  not feature %d: %s%n", each.getKey(), each.getValue()));
    if (result.refused().size() > NAMED) {
      to.printf("  and %d more%n", result.refused().size() - NAMED);
    }
    to.flush();
    return 0;
  }

  private List<Integer> numbers(StudySpec like) throws IOException {
    if (!features.equals(List.of(ALL))) {
      return features.stream().map(VisualizeAllCommand::number).distinct().toList();
    }
    if (like.models().harvest() == null) {
      throw new SpecException("give {harvest}, a table that `tiltlens harvest` wrote");
    }
    try (FeatureTable table = FeatureTable.open(Named.resolve(like.models().harvest()))) {
      return table.summaries(FeatureTable.Sort.INDEX).stream()
          .filter(each -> each.frequency() > 0)
          .map(FeatureSummary::feature)
          .toList();
    }
  }

  private static int number(String text) {
    if (!text.strip().matches("\\d{1,9}")) {
      throw new SpecException(
          "illegal {features}: '%s', expected numbers, such as 0,5,81, or all", text);
    }
    return Integer.parseInt(text.strip());
  }
}
