package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.tiltlens.compose.ComposedUnit;
import org.tiltlens.compose.CompositionResult;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.compose.ExactSettings;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.study.ExactWords;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Pilots;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens compose}: images that drive several units at once. */
@Command(
    name = "compose",
    description =
        "Draws images from p(x) exp(sum_k beta_k s_k(x)): several units at once, each raised to a"
            + " level, tilted by a beta or held at its natural mean, and if wanted at a place.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class ComposeCommand implements Callable<Integer> {
  private static final int USUAL_COUNT = 16;

  @Spec private CommandSpec command;
  @Mixin private ModelOptions models;

  @Option(
      names = "--unit",
      paramLabel = "'U SETTINGS'",
      description =
          "A unit, at a place of its map if wanted (feature:81@pre@2,3: row 2, column 3), and how"
              + " far: beta=B, activation=M, percentile=P (default: percentile=99) or hold, for its"
              + " natural mean; cap=Y leaves it alone above a score. Give several. Default: none.")
  private List<String> units = List.of();

  @Option(
      names = "--feature",
      paramLabel = "J",
      description =
          UnitOptions.FEATURE + " Short for --unit feature:J@pre. Give several. Default: none.")
  private List<Integer> features = List.of();

  @Mixin private ReductionOptions reduction;

  @Mixin private CorpusOptions corpus;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "exact: samples of that itself, by weight from a pool of unguided ones and annealed where"
              + " the pool is too small; tilt: plug-in guidance, an approximation; or twisted:"
              + " particles that follow the tilt and are weighted for what it gets wrong. Default:"
              + " ${DEFAULT-VALUE}.")
  private String guidance = "exact";

  @Mixin private ExactOptions exactly;
  @Mixin private ParticleOptions particles;
  @Mixin private PilotOptions pilots;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Images to draw. Default: with an aim as many as a pilot's, else 16.")
  private Integer count;

  @Mixin private ScheduleOptions schedule;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of all noise, 64 bits, all of which count. Default: ${DEFAULT-VALUE}.")
  private long seed = 45;

  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws IOException {
    CompositionSpec spec = spec();
    Path folder = output.folder(Jobs.COMPOSE.defaultFolder(spec));
    CompositionResult result =
        Jobs.COMPOSE.run(
            spec,
            executionOptions.execution(spec.models()),
            folder,
            new ConsoleProgress(System.err));
    output.print(
        command,
        result,
        BitsLine.under(CompositionTable.of(result, folder), spec.models().prior()));
    return 0;
  }

  private CompositionSpec spec() throws IOException {
    if (models.harvestGiven()) {
      throw new IllegalArgumentException(
          "--harvest has no meaning here: compose scores the corpus of --images itself; leave it"
              + " out");
    }
    Optional<Bundle> bundle = models.bundle();
    Optional<BundleManifest> manifest = bundle.map(Bundle::manifest);
    Preset preset = manifest.map(BundleManifest::preset).orElse(Preset.standard);
    ModelFiles files =
        bundle.map(Bundle::models).orElseGet(() -> models.files(preset, exactly.drawn()));
    List<ComposedUnit> parsed = given().stream().map(ComposedUnit::parse).toList();
    boolean aimed = parsed.stream().anyMatch(ComposedUnit::isAimed);
    Pilots tried = pilots.pilots(guidance, aimed);
    Integer weighted = particles.particles(guidance);
    boolean exact = guidance.equals("exact");
    StepsChoice.Usual usualSteps =
        manifest.map(StepsChoice.Usual::of).orElse(StepsChoice.Usual.of(preset));
    StepsSpec steps = schedule.of(exactly.drawn(), bundle, files.prior(), usualSteps);
    ExactWords words = exactly.words(bundle.filter(own -> exact), steps);
    if (!exact) {
      words.requireNone();
    }
    return new CompositionSpec(
        files,
        parsed,
        reduction.reduction(),
        reduction.center(),
        corpus.images(bundle),
        corpus.framing(bundle, command.commandLine(), files.vision(), files.dictionary()),
        corpus.limit(),
        tried,
        guidance,
        weighted,
        particles.clouds(guidance),
        exact ? ExactSettings.of(words) : null,
        exact ? null : StudySpec.strength(preset, guidance),
        exact ? 0 : preset.offAtEnd(),
        steps.form(),
        steps.schedule(),
        steps.baseSteps(),
        steps.respacing(),
        count != null ? count : PilotOptions.usualCount(tried, weighted, USUAL_COUNT),
        seed);
  }

  /** Features first. */
  private List<String> given() {
    if (units.isEmpty() && features.isEmpty()) {
      throw new IllegalArgumentException("give one or more of --unit 'U SETTINGS' and --feature J");
    }
    return Stream.concat(features.stream().map(UnitOptions::named), units.stream()).toList();
  }
}
