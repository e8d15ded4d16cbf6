package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.tilting.Pilots;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tiltlens demo}: the whole method on a bundle, as one page. */
@Command(
    name = "demo",
    description =
        "Shows what some features of the embedded models respond to: a gallery of what they fire on"
            + " and of images drawn at three tilts. Needs no files.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  /** Images of a feature. */
  private static final int USUAL = 6;

  /** The same where all are shown. */
  private static final int FEW = 4;

  @Spec private CommandSpec command;

  @Option(
      names = {"--features", "--pick"},
      paramLabel = "N",
      description =
          "How many features to show, or all that are live and selective: each with one tilt,"
              + " briefly. Default: 6.")
  private String features = "6";

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Images of each feature at each tilt. Default: 6; 4 of all features.")
  private Integer count;

  @Option(
      names = "--percentiles",
      paramLabel = "P,P",
      split = ",",
      description =
          "Percentiles of the corpus' scores that the mean scores aim at. Default: 90,97,99;"
              + " 99 of all features.")
  private List<Double> percentiles;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "exact: samples of the tilt itself (default), or tilt: plug-in guidance, an"
              + " approximation.")
  private String guidance = "exact";

  @Option(
      names = "--pilots",
      paramLabel = "R",
      description =
          "Betas to try with tilt guidance, at the most, on the way to each target; 0: take the"
              + " corpus' beta as it is. Default: 2.")
  private Integer pilotRounds;

  @Option(
      names = "--pilot-images",
      paramLabel = "N",
      description = "Images to draw at each of them. Default: 4.")
  private Integer pilotImages;

  @Option(
      names = "--unguided",
      paramLabel = "N",
      description = "Images of the prior itself, to compare with. Default: ${DEFAULT-VALUE}.")
  private int unguided = 8;

  @Mixin private BundleRunOptions runOptions;
  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws IOException {
    Bundle bundle = runOptions.bundle();
    boolean all = features.equals("all");
    StepsSpec steps = runOptions.steps(bundle);
    DemoSpec spec =
        new DemoSpec(
            bundle.root(),
            all ? null : (Integer) many(),
            count == null ? (all ? FEW : USUAL) : count,
            percentiles == null
                ? (all ? DemoSpec.BRIEF_PERCENTILES : DemoSpec.USUAL_PERCENTILES)
                : percentiles,
            guidance.equals("exact"),
            pilots(),
            unguided,
            steps.form(),
            steps.respacing(),
            runOptions.seed(),
            bundle.told());
    Path folder = output.folder(Jobs.DEMO.defaultFolder(spec));
    DemoResult result =
        Jobs.DEMO.run(
            spec,
            executionOptions.execution(bundle.models()),
            folder,
            new ConsoleProgress(System.err));
    output.print(
        command, result, BitsLine.under(DemoTable.of(result, folder), bundle.models().prior()));
    return 0;
  }

  private int many() {
    try {
      return Integer.parseInt(features);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          command.commandLine(), "--features " + features + ": expected a number, or all");
    }
  }

  /** Null without any. */
  private Pilots pilots() {
    Bounds.requireWord("guidance", guidance, List.of("exact", "tilt"));
    boolean given = pilotRounds != null || pilotImages != null;
    int rounds = pilotRounds == null ? Pilots.FEW.rounds() : pilotRounds;
    if (rounds == 0 || (guidance.equals("exact") && !given)) {
      return null;
    }
    return new Pilots(rounds, pilotImages == null ? Pilots.FEW.images() : pilotImages);
  }
}
