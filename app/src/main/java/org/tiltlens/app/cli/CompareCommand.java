package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.MeasureSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.compare.Methods;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tiltlens compare}: the methods side by side, measured in the same way. */
@Command(
    name = "compare",
    description =
        "Draws images of features by several methods, measures all in the same way, and shows them"
            + " on one page. A killed run goes on where it stopped; more features or methods in the"
            + " same folder draw only what is not there. What fails is"
            + " left out and said; it is tried again when the command is repeated.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {

  private static final int QUICK_FEATURES = 4;
  private static final int QUICK_COUNT = 8;

  @Spec private CommandSpec command;

  /** The keys of all methods. */
  private static final class Keys extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    Keys() {
      super(Methods.ALL.stream().map(Method::key).toList());
    }
  }

  @Option(
      names = {"--feature", "--features"},
      paramLabel = "J,J",
      split = ",",
      description =
          UnitOptions.FEATURE
              + " Several in one word, or the option several times. Default: none; --pick instead.")
  private List<Integer> features = List.of();

  @Option(
      names = "--unit",
      paramLabel = "U",
      description =
          "The same as a unit, such as feature:81@pre; may be given several times. Default: none.")
  private List<String> units = List.of();

  @Option(
      names = "--pick",
      paramLabel = "N",
      description = "Instead of --feature: N features picked by the demo's rule. Default: none.")
  private Integer pick;

  @Option(
      names = "--methods",
      paramLabel = "M,M",
      split = ",",
      completionCandidates = Keys.class,
      description =
          "Of ${COMPLETION-CANDIDATES}. Twisted goes with --form ddpm alone, constant_equal_steps"
              + " not with dpmsolver and heun; constant takes its published 1000 steps of ddpm, or"
              + " --set constant.steps=T. Default: all that go with --form but diffexplainer and"
              + " dexter, which need a prior that is told a text; dexter needs --set"
              + " dexter.bert=DIR, too.")
  private List<String> methods;

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "Images of each method for each feature, at least 2. Default: ${DEFAULT-VALUE}.")
  private int count = 8;

  @Option(
      names = "--quick",
      description =
          "A reduced form of the comparison asked for: its first 4 features, 8 images at most, one"
              + " seed. Its numbers are rough.")
  private boolean quick;

  @Option(
      names = "--target-percentile",
      paramLabel = "P",
      description =
          "Mean score to reach, as a percentile of the corpus' scores, for the methods that can be"
              + " told. Default: ${DEFAULT-VALUE}.")
  private double targetPercentile = 99;

  @Option(
      names = "--pilots",
      paramLabel = "R",
      description =
          "Betas the tilt may try on the way there; 0: take the corpus' beta. Default:"
              + " ${DEFAULT-VALUE}.")
  private int pilots = Pilots.USUAL.rounds();

  @Option(
      names = "--particles",
      paramLabel = "K",
      description = "Particles of the twisted sampler. Default: four an image, 32 or more.")
  private Integer particles;

  @Option(
      names = "--set",
      paramLabel = "METHOD.NAME=VALUE",
      description =
          "A setting of a method that is not its authors' default, such as fourier.steps=256,"
              + " maco.crops=16 or constant.cap=15; may be given more than once.")
  private Map<String, String> settings = Map.of();

  @Option(
      names = "--network",
      paramLabel = "FILE",
      description =
          "TorchScript network in whose features sets of images are compared. Default: the bundle's"
              + " judge, or the vision model's own pooled token. Such a file is a program: only"
              + " name one you trust.")
  private Path network;

  @Option(
      names = "--reference",
      paramLabel = "N",
      description =
          "Images of the corpus drawn by soft retrieval to stand for a mean score. Default:"
              + " ${DEFAULT-VALUE}.")
  private int reference = 500;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Draw every method's images with so many seeds, --seed and those after it. Default:"
              + " ${DEFAULT-VALUE}.")
  private int seeds = 1;

  @Option(
      names = "--bound-steps",
      paramLabel = "N",
      description =
          "Beside the bits/dim over the run's own steps, a slower bound over N steps, of images"
              + " whose levels are spread over their widths; 1000 evaluations of the prior an image"
              + " at 1000. Default: none.")
  private Integer boundSteps;

  @Option(
      names = "--qualiclip",
      paramLabel = "FILE",
      description =
          "QualiCLIP's weights, to say of every image how good a photograph it looks; the published"
              + " file or a TorchScript export. Default: none.")
  private Path qualiclip;

  @Mixin private PoolOptions pool;
  @Mixin private BundleRunOptions runOptions;
  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws IOException {
    if ((features.isEmpty() && units.isEmpty()) == (pick == null)) {
      throw new ParameterException(
          command.commandLine(), "give one of --feature J,J (or --unit U) and --pick N");
    }
    Bundle bundle = runOptions.bundle();
    List<Integer> asked = pick == null ? given() : Compare.pick(bundle, pick, runOptions.seed());
    if (quick) {
      asked = asked.subList(0, Math.min(asked.size(), QUICK_FEATURES));
      count = Math.min(count, QUICK_COUNT);
      seeds = 1;
    }
    StepsSpec steps = runOptions.steps(bundle, pool.drawn());
    CompareSpec spec =
        new CompareSpec(
            bundle.root(),
            asked,
            methods == null
                ? Methods.usual(steps.form())
                : methods.stream().map(Method::of).toList(),
            count,
            Target.percentile(targetPercentile),
            // As many as the run's own images, on other noise.
            pilots == 0 ? null : new Pilots(pilots, Math.max(2, count)),
            particles == null ? CompareSpec.usualParticles(count) : particles,
            pool.choice(),
            steps.form(),
            steps.respacing(),
            settings,
            new MeasureSpec(
                network == null ? null : network.toString(),
                reference,
                boundSteps,
                qualiclip == null ? null : qualiclip.toString()),
            runOptions.seed(),
            seeds,
            bundle.told());
    Path folder = output.folder(Jobs.COMPARE.defaultFolder(spec));
    CompareResult result =
        Jobs.COMPARE.run(
            spec,
            executionOptions.execution(bundle.models()),
            folder,
            new ConsoleProgress(System.err));
    output.print(
        command, result, BitsLine.under(CompareTable.of(result, folder), bundle.models().prior()));
    List<String> failures = CompareTable.failures(result);
    failures.forEach(failure -> Tiltlens.say(command.commandLine(), failure));
    return failures.isEmpty() ? 0 : Tiltlens.FAILED;
  }

  private List<Integer> given() {
    Stream<Integer> named = units.stream().map(unit -> UnitOptions.featureOf(unit, "compare"));
    return Stream.concat(features.stream(), named).toList();
  }
}
