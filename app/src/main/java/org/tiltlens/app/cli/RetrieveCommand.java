package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.retrieve.RetrievalResult;
import org.tiltlens.retrieve.RetrievalSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tiltlens retrieve}: images of a corpus that stand for a tilt. */
@Command(
    name = "retrieve",
    description =
        "Soft retrieval: images of a corpus drawn or ranked by exp(beta s), the exact q_beta of the"
            + " corpus, with log Z, KL and effective sample size.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class RetrieveCommand implements Callable<Integer>, HowToGoOn {
  @Spec private CommandSpec command;

  @Mixin private UnitOptions units;

  @Mixin private TiltOptions tilt;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Images to show. Default: ${DEFAULT-VALUE}.")
  private int count = 16;

  @Option(
      names = "--draw",
      description = "Draw images by weight, with replacement. This is the default.")
  private boolean draw;

  @Option(names = "--rank", description = "Take the images of the largest weights instead.")
  private boolean rank;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of the draws, of which the low 48 bits count. Default: ${DEFAULT-VALUE}.")
  private long seed = 45;

  @Mixin private CorpusOptions corpus;
  @Mixin private VisionOptions models;
  @Mixin private BundleOption bundleOption;

  @Mixin private ReductionOptions reduction;

  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public String howToGoOn() {
    return "run the same command again; it begins anew";
  }

  @Override
  public Integer call() throws IOException {
    RetrievalSpec spec = spec();
    Path folder = output.folder(Jobs.RETRIEVE.defaultFolder(spec));
    RetrievalResult result =
        Jobs.RETRIEVE.run(
            spec, executionOptions.execution(), folder, new ConsoleProgress(System.err));
    output.print(command, result, RetrievalTable.of(result, folder));
    PrintWriter err = command.commandLine().getErr();
    result.results().stream()
        .map(RetrievalResult.UnitResult::warning)
        .filter(warning -> warning != null)
        .forEach(warning -> err.println("tiltlens: warning: " + warning));
    err.flush();
    return 0;
  }

  private RetrievalSpec spec() throws IOException {
    if (draw && rank) {
      throw wrong("give one of --draw and --rank");
    }
    Optional<Bundle> bundle = bundleOption.bundle(models.anyGiven());
    VisionOptions.Files seen = models.files(bundle);
    return new RetrievalSpec(
        seen.vision(),
        seen.options(),
        seen.hook(),
        seen.dictionary(),
        units.unit(),
        reduction.reduction(),
        reduction.center(),
        corpus.images(bundle),
        corpus.framing(bundle, command.commandLine(), seen.vision(), seen.dictionary()),
        corpus.limit(),
        tilt.beta(),
        tilt.target(true),
        rank ? RetrievalSpec.Order.RANKED : RetrievalSpec.Order.DRAWN,
        count,
        seed);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
