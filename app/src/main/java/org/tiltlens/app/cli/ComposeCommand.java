package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.study.Bundle;
import org.tiltlens.study.BundleManifest;
import org.tiltlens.study.ComposedUnit;
import org.tiltlens.study.Composition;
import org.tiltlens.study.CompositionResult;
import org.tiltlens.study.CompositionSpec;
import org.tiltlens.study.Json;
import org.tiltlens.study.ModelFiles;
import org.tiltlens.study.Preset;
import org.tiltlens.synthesis.Strength;
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
  @Spec private CommandSpec command;
  @Mixin private ModelOptions models;

  @Option(
      names = "--unit",
      required = true,
      paramLabel = "'U SETTINGS'",
      description =
          "A unit, at a place of its map if wanted (feature:81@pre@2,3: row 2, column 3), and how"
              + " far: beta=B, activation=M, percentile=P (default: percentile=99) or hold, for its"
              + " natural mean; cap=Y leaves it alone above a score. Give several.")
  private List<String> units;

  @Mixin private ReductionOptions reduction;

  @Option(
      names = "--images",
      paramLabel = "DIR|ZIP|IDX",
      description =
          "The corpus that tells natural means, percentiles and the first betas. Default: the"
              + " bundle's.")
  private Path images;

  @Mixin private FramingOptions framing;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "tilt; or twisted: particles that follow the tilt and are weighted for what it gets"
              + " wrong, which also tells log Z and KL. Default: ${DEFAULT-VALUE}.")
  private String guidance = "tilt";

  @Mixin private ParticleOptions particles;
  @Mixin private PilotOptions pilots;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Images to draw. Default: ${DEFAULT-VALUE}.")
  private int count = 8;

  @Option(
      names = "--steps",
      paramLabel = "T",
      description = "Sampling steps. Default: the bundle's, or the published ones.")
  private Integer steps;

  @Option(
      names = "--noise-schedule",
      paramLabel = "N",
      description = "Schedule the prior was trained with: linear or cosine.")
  private String schedule;

  @Option(
      names = "--base-steps",
      paramLabel = "T",
      description = "Steps the prior was trained with.")
  private Integer baseSteps;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of all noise. Default: ${DEFAULT-VALUE}.")
  private long seed = 45;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the result; an unfinished run in it goes on.")
  private Path out;

  @Mixin private ExecutionOptions executionOptions;

  @Option(names = "--json", description = "Print run.json instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    CompositionSpec spec = spec();
    Path folder = out == null ? Composition.defaultFolder(spec) : out;
    CompositionResult result =
        Composition.run(
            spec,
            executionOptions.execution(spec.models()),
            folder,
            new ConsoleProgress(System.err));
    PrintWriter to = command.commandLine().getOut();
    to.println(json ? Json.write(result) : CompositionTable.of(result, folder));
    to.flush();
    return 0;
  }

  private CompositionSpec spec() throws IOException {
    Optional<Bundle> bundle = models.bundle();
    Optional<BundleManifest> manifest = bundle.map(Bundle::manifest);
    Preset preset = manifest.map(BundleManifest::preset).orElse(Preset.standard);
    ModelFiles files = bundle.map(Bundle::models).orElseGet(() -> models.files(preset));
    String corpus = images != null ? images.toString() : bundle.map(Bundle::corpus).orElse(null);
    List<ComposedUnit> parsed = units.stream().map(ComposedUnit::parse).toList();
    String usualSteps = manifest.map(BundleManifest::respacing).orElse(preset.respacing());
    return new CompositionSpec(
        files,
        parsed,
        reduction.reduction(),
        reduction.center(),
        corpus,
        framing.framing(bundle),
        framing.limit(),
        pilots.pilots(guidance, parsed.stream().anyMatch(unit -> unit.beta() == null)),
        guidance,
        particles.particles(guidance),
        guidance.equals("twisted") ? Strength.TEMPERED.ramp().toString() : preset.strength(),
        preset.offAtEnd(),
        schedule != null ? schedule : manifest.map(BundleManifest::noiseSchedule).orElse("linear"),
        baseSteps != null ? baseSteps : manifest.map(BundleManifest::baseSteps).orElse(1000),
        steps != null ? Integer.toString(steps) : usualSteps,
        count,
        seed);
  }
}
