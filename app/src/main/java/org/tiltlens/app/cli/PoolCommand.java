package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens pool}: unguided paths of a prior, once for all units. */
@Command(
    name = "pool",
    description =
        "Draws unguided paths of a prior, that exact samples of every unit start from. Asked for"
            + " more in the same folder, it adds to them; a killed one goes on where it stopped.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class PoolCommand implements Callable<Integer> {
  private static final StepsChoice.Usual USUAL_STEPS =
      new StepsChoice.Usual(new StepsSpec.Ddpm(), "250");

  @Spec private CommandSpec command;
  @Mixin private BundleOption bundleOption;

  @Mixin private PriorOptions prior;
  @Mixin private PromptOptions prompt;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Paths in all, those that are there included. Default: ${DEFAULT-VALUE}.")
  private int count = 1024;

  @Mixin private ScheduleOptions schedule;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Names the paths' noise, 64 bits. Default: ${DEFAULT-VALUE}.")
  private long seed = PoolSpec.USUAL_SEED;

  @Mixin private OutputOptions output;
  @Mixin private SparkOption spark;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws IOException {
    PoolSpec spec = spec();
    Execution execution = executionOptions.drawing(spec.prior());
    Path folder = output.folder(Jobs.POOL.defaultFolder(spec));
    PoolResult made =
        spark
            .on(Jobs.POOL, Cluster::pool)
            .run(spec, execution, folder, new ConsoleProgress(System.err));
    output.print(
        command,
        made,
        String.format(
            Locale.ROOT,
            "%s%s: %,d unguided paths of %s, %s steps of %s, seed %d  (%.1f s)%n  start from them,"
                + " its prior, what it is told and its steps taken over: tiltlens visualize --pool"
                + " %s; look at them: %s",
            PromptLine.of(made.spec().priorOptions()),
            folder,
            made.spec().count(),
            made.spec().prior(),
            made.spec().steps().respacing(),
            made.spec().steps().form().text(),
            made.spec().seed(),
            made.seconds(),
            folder,
            folder.resolve(made.images())));
    return 0;
  }

  private PoolSpec spec() throws IOException {
    Optional<Bundle> bundle = bundleOption.bundle(prior.prior() != null).map(prompt::tell);
    String name = bundle.map(own -> own.models().prior()).orElse(prior.prior());
    return new PoolSpec(
        name,
        bundle
            .map(own -> own.models().priorOptions())
            .orElseGet(() -> prompt.with(name, prior.options())),
        schedule.of(
            Optional.empty(),
            bundle,
            name,
            bundle.map(Bundle::manifest).map(StepsChoice.Usual::of).orElse(USUAL_STEPS)),
        count,
        seed);
  }
}
