package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.tiltlens.frontier.FrontierResult;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens frontier}: what each method pays in KL for the activation it reaches. */
@Command(
    name = "frontier",
    description =
        "Compares methods on one feature: KL from the natural images against the mean activation"
            + " reached, with error bars. A killed run goes on where it stopped.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class FrontierCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Mixin private UnitOptions units;

  @Option(
      names = "--betas",
      paramLabel = "B,B",
      split = ",",
      description =
          "Tilts of the samplers. Default: those whose corpus tilt has its mean at the 75th, 90th,"
              + " 97th and 99.5th percentile.")
  private List<Double> betas = List.of();

  @Option(
      names = "--scales",
      paramLabel = "X,X",
      split = ",",
      description =
          "Scales of constant guidance, the published heuristic. Default: 0.03,0.1,0.3,1; none with"
              + " --form dpmsolver or heun, in which it has no place.")
  private List<Double> scales;

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "Images of a guided sampler at each setting, at least 2. Default: ${DEFAULT-VALUE}.")
  private int count = 12;

  @Option(
      names = "--particles",
      paramLabel = "K",
      description =
          "Particles of the twisted sampler at each tilt; 0: leave it out. Default: 32; 0 with a"
              + " --form other than ddpm, which it cannot weigh.")
  private Integer particles;

  @Option(
      names = "--no-exact",
      description = "Leave samples of the prior's tilt itself out, and so the pool.")
  private boolean noExact;

  @Mixin private PoolOptions pool;
  @Mixin private BundleRunOptions runOptions;
  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws IOException {
    Bundle bundle = runOptions.bundle();
    StepsSpec steps = runOptions.steps(bundle, pool.drawn());
    FrontierSpec spec =
        new FrontierSpec(
            bundle.root(),
            units.feature("frontier"),
            betas,
            !noExact,
            pool.choice(),
            count,
            particles == null ? FrontierSpec.usualParticles(steps.form()) : particles,
            scales == null ? FrontierSpec.usualScales(steps.form()) : scales,
            FrontierSpec.USUAL_TOP,
            FrontierSpec.USUAL_BEST_OF,
            steps.form(),
            steps.respacing(),
            runOptions.seed(),
            bundle.told());
    Path folder = output.folder(Jobs.FRONTIER.defaultFolder(spec));
    FrontierResult result =
        Jobs.FRONTIER.run(
            spec,
            executionOptions.execution(bundle.models()),
            folder,
            new ConsoleProgress(System.err));
    output.print(command, result, FrontierTable.of(result, folder));
    return 0;
  }
}
