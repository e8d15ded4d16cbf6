package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.models.TrainedFraming;
import org.tiltlens.run.Execution;
import org.tiltlens.study.FlatSpec;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tiltlens visualize}: images that drive one unit, drawn from tilted natural images. */
@Command(
    name = "visualize",
    description =
        "Draws images that drive one unit: samples of q_beta(x) ~ p(x) exp(beta s(x)), or by"
            + " guidance that approximates it.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class VisualizeCommand implements Callable<Integer> {
  private static final int USUAL_COUNT = 4;
  private static final int USUAL_FROM_CORPUS = 16;

  @Spec private CommandSpec command;
  @Mixin private ModelOptions models;
  @Mixin private UnitOptions units;

  @Mixin private PresetOption presetOption;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description =
          "exact: samples of q_beta itself, by weight from a pool of unguided ones and annealed"
              + " where that is too small (default); tilt: plug-in guidance, an approximation,"
              + " whose log Z a --pool tells; twisted: particles that follow that and are weighted"
              + " for what it gets wrong, which also tells log Z and KL; or constant, the published"
              + " heuristic.")
  private String guidance;

  @Mixin private StartOptions origin;
  @Mixin private ExactOptions exactly;

  @Option(
      names = "--islands",
      paramLabel = "K",
      description =
          "Exact samples of K independent runs, each from its own part of the pool, whose spread"
              + " is in the errors. Default: 1 where the pool can tell, else 4, as far as"
              + " --particles and the pool allow.")
  private Integer islands;

  @Mixin private ParticleOptions particles;
  @Mixin private AimOptions aim;

  @Option(
      names = "--betas",
      paramLabel = "B",
      split = ",",
      description =
          "Betas between 0 and --beta, such as 0.5,1: --count more images at 0 and at each, whose"
              + " mean scores tell log Z, KL and how far the images can be from q_beta. Default:"
              + " none.")
  private List<Double> betas;

  @Option(
      names = "--rungs",
      paramLabel = "N",
      description =
          "As --betas, with N betas evenly spaced from 0 to the tilt's own, also where that follows"
              + " from a target. Default: none.")
  private Integer rungs;

  @Option(
      names = "--scale",
      paramLabel = "X",
      description = "Gradient factor of constant guidance. Default: the preset's.")
  private Double scale;

  @Option(
      names = "--cap",
      paramLabel = "Y",
      description = "Score above which the objective stops growing. Default: none.")
  private Double cap;

  @Option(
      names = "--objective",
      paramLabel = "O",
      description = "max, clip (default with --cap), hinge or target.")
  private String objective;

  @Option(
      names = "--penalty",
      paramLabel = "L",
      description = "Weight of the hinge beyond the cap. Default: none; the hinge needs one.")
  private Double penalty;

  @Option(
      names = "--level",
      paramLabel = "S",
      description = "Score the target objective aims at. Default: none; that objective needs one.")
  private Double level;

  @Option(
      names = "--reduction",
      paramLabel = "R",
      description = "Map to number: mix, max, mean or lse. Default: mix.")
  private String reduction;

  @Option(
      names = "--mix-alpha",
      paramLabel = "A",
      description =
          "Weight of the maximum in mix; a number or from:to:hold:shape. Default: the preset's.")
  private String mixAlpha;

  @Option(
      names = "--lse-temperature",
      paramLabel = "T",
      description = "Temperature of lse; a number or from:to:hold:shape. Default: the preset's.")
  private String lseTemperature;

  @Option(
      names = "--center",
      paramLabel = "F",
      description = "Side of the central crop of the map that counts, in (0, 1]. Default: 0.5.")
  private Double center;

  @Option(
      names = "--strength",
      paramLabel = "F",
      description =
          "Guidance factor along the run; a number or from:to:hold:shape. Default: the preset's;"
              + " for twisted 0:1:0.3:linear.")
  private String strength;

  @Option(
      names = "--off-at-end",
      paramLabel = "F",
      description = "Share of the last steps without guidance. Default: the preset's.")
  private Double offAtEnd;

  @Option(
      names = "--gradient",
      paramLabel = "G",
      description =
          "full: through the prior's network (default), or x0: with respect to the clean estimate"
              + " only, at about half the cost and further from q_beta.")
  private String gradient;

  @Option(
      names = "--smoothing",
      paramLabel = "N",
      description =
          "Average exp(beta s) over N perturbed clean estimates: nearer to q_beta, at N scores a"
              + " step. Default: none.")
  private Integer smoothing;

  @Mixin private ScheduleOptions schedule;

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "Images to draw. Default: from a corpus 16, with a target of a guided method as many"
              + " as a pilot's, else 4.")
  private Integer count;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of all noise, 64 bits, all of which count. Default: ${DEFAULT-VALUE}.")
  private long seed = 45;

  @Option(
      names = "--repeat",
      paramLabel = "RUN.JSON|DIR",
      description =
          "Repeat the run that wrote this file, or into this folder; no other setting but --out and"
              + " how to compute. Default: none.")
  private Path repeat;

  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public Integer call() throws Exception {
    StudySpec spec = repeat == null ? spec() : repeated();
    Execution execution = execution(spec);
    Path folder = output.folder(Jobs.VISUALIZE.defaultFolder(spec));
    StudyResult result =
        Jobs.VISUALIZE.run(spec, execution, folder, new ConsoleProgress(System.err));
    String table = ResultTable.of(result, folder);
    output.print(
        command,
        result,
        repeat == null ? table : table + "\n" + Repetition.of(repeat).compared(result, folder));
    return 0;
  }

  /** How it is computed. */
  Execution execution(StudySpec spec) {
    return executionOptions.execution(spec.models());
  }

  private StudySpec repeated() throws IOException {
    Set<String> allowed =
        Set.of(
            "--repeat",
            "--out",
            "--device",
            "--batch",
            "--threads",
            "--threads-per-image",
            "--json",
            "--debug");
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      if (!allowed.contains(option.longestName())) {
        throw wrong(
            option.longestName()
                + " cannot be changed with --repeat: the run's own settings are used");
      }
    }
    return Repetition.of(repeat).spec();
  }

  /** What the options ask for. */
  StudySpec spec() throws IOException {
    Optional<Bundle> whole = models.bundle();
    Optional<BundleManifest> bundle = whole.map(Bundle::manifest);
    Preset start = presetOption.preset(bundle);
    ModelFiles files =
        whole.map(Bundle::models).orElseGet(() -> models.files(start, exactly.drawn()));
    if (whole.isEmpty()) {
      TrainedFraming.of(files.prior())
          .ifPresent(
              drawn ->
                  UsedSize.say(
                      command.commandLine(),
                      drawn.size(),
                      "a prior of %d pixels would draw what it knows",
                      files.vision(),
                      files.dictionary()));
    }
    String method = method(start);
    Target target = aim.target(method, files);
    Pilots pilots = aim.pilots(method, target);
    Integer weighted = particles.particles(method);
    String toNumber = or(reduction, "mix");
    StepsSpec steps =
        schedule.of(
            exactly.drawn().filter(drawn -> !presetOption.isGiven()),
            whole,
            files.prior(),
            bundle
                .filter(own -> !presetOption.isGiven())
                .map(StepsChoice.Usual::of)
                .orElse(StepsChoice.Usual.of(start)));
    boolean exact = method.equals("exact");
    return new FlatSpec(
            files,
            units.unit(),
            toNumber,
            toNumber.equals("mix") ? or(mixAlpha, start.mixAlpha()) : mixAlpha,
            toNumber.equals("lse") ? or(lseTemperature, start.lseTemperature()) : lseTemperature,
            or(center, 0.5),
            or(objective, cap == null ? "max" : "clip"),
            cap,
            penalty,
            level,
            method,
            aim.beta(),
            target,
            pilots,
            weighted,
            particles.clouds(method),
            exactly.words(
                whole.filter(own -> !method.equals("twisted") && !origin.isCorpus()),
                steps,
                islands,
                origin.corpus(whole, command.commandLine(), files.prior())),
            ladder(),
            rungs,
            method.equals("constant") ? or(scale, start.scale()) : scale,
            exact ? strength : or(strength, StudySpec.strength(start, method)),
            exact ? offAtEnd : or(offAtEnd, start.offAtEnd()),
            exact ? gradient : or(gradient, "full"),
            smoothing,
            steps.form().word(),
            steps.form() instanceof StepsSpec.Ddim ddim ? ddim.eta() : 0,
            steps.schedule(),
            steps.baseSteps(),
            steps.respacing(),
            or(
                count,
                PilotOptions.usualCount(
                    pilots, weighted, origin.isCorpus() ? USUAL_FROM_CORPUS : USUAL_COUNT)),
            seed)
        .spec();
  }

  private String method(Preset start) {
    if (guidance != null) {
      return guidance;
    }
    boolean heuristic = scale != null || start.guidance().equals("constant");
    return heuristic && !aim.isGiven() ? "constant" : "exact";
  }

  /** Its ends go without saying. */
  private List<Double> ladder() {
    if (betas == null || aim.beta() == null) {
      return betas;
    }
    return Stream.of(List.of(0.0), betas, List.of(aim.beta()))
        .flatMap(List::stream)
        .distinct()
        .toList();
  }

  private static <T> T or(T value, T otherwise) {
    return value != null ? value : otherwise;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
