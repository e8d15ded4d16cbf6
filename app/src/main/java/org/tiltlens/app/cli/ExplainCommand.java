package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.tiltlens.attribution.Occlusion;
import org.tiltlens.corpus.Framing;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens explain}: why a picture drives a unit. */
@Command(
    name = "explain",
    description =
        "Shows where in a picture a unit's score comes from: activation map, gradient x activation,"
            + " Grad-CAM and occlusion; with --reliance also whether the unit goes by shape,"
            + " texture or colour.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer>, HowToGoOn {
  @Spec private CommandSpec command;

  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "The picture: JPEG, PNG, WebP, BMP, GIF or TIFF.")
  private Path image;

  @Mixin private UnitOptions units;

  @Option(
      names = "--gradient-hook",
      paramLabel = "H",
      description =
          "Hook point at which gradient x activation and Grad-CAM are taken, on the way to the"
              + " unit; earlier ones see finer. Default: the unit's own.")
  private String gradientHook;

  @Option(
      names = "--occlusion-patch",
      paramLabel = "PX",
      description = "Side of the occluding patch. Default: an eighth of the picture's.")
  private Integer patch;

  @Option(
      names = "--occlusion-stride",
      paramLabel = "PX",
      description = "How far the patch moves from place to place. Default: half its side.")
  private Integer stride;

  @Option(
      names = "--reliance",
      arity = "0..1",
      fallbackValue = "32",
      paramLabel = "N",
      description =
          "Ask also whether the unit goes by shape, texture or colour, over its N top images of a"
              + " corpus. Default: not asked; ${FALLBACK-VALUE} if N is left out.")
  private int reliance;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description =
          "Seed of the shuffling and of the intervals, 64 bits, all of which count. Default:"
              + " ${DEFAULT-VALUE}.")
  private long seed = 45;

  @Mixin private CorpusOptions corpus;
  @Mixin private VisionOptions models;
  @Mixin private BundleOption bundleOption;

  @Option(
      names = "--harvest",
      paramLabel = "FILE",
      description =
          "What the dictionary's features do on a corpus: a table written by tiltlens harvest, for"
              + " the score's percentile where it has the unit. Default: the bundle's.")
  private String harvest;

  @Mixin private ReductionOptions reduction;

  @Mixin private OutputOptions output;
  @Mixin private ExecutionOptions executionOptions;

  @Override
  public String howToGoOn() {
    return "run the same command again; it begins anew";
  }

  @Override
  public Integer call() throws IOException {
    ExplainSpec spec = spec();
    Path folder = output.folder(Jobs.EXPLAIN.defaultFolder(spec));
    ExplainResult result =
        Jobs.EXPLAIN.run(
            spec, executionOptions.execution(), folder, new ConsoleProgress(System.err));
    output.print(command, result, ExplainTable.of(result, folder));
    return 0;
  }

  private ExplainSpec spec() throws IOException {
    if (reliance == 0 && corpus.isGiven()) {
      throw new IllegalArgumentException("--images has a meaning only with --reliance");
    }
    Optional<Bundle> bundle = bundleOption.bundle(models.anyGiven());
    VisionOptions.Files seen = models.files(bundle);
    Framing framing =
        corpus.framing(bundle, command.commandLine(), seen.vision(), seen.dictionary());
    Occlusion usual = Occlusion.ofSide(framing.size());
    int side = patch == null ? usual.patch() : patch;
    return new ExplainSpec(
        image.toString(),
        seen.vision(),
        seen.options(),
        seen.hook(),
        seen.dictionary(),
        units.unit(),
        reduction.reduction(),
        reduction.center(),
        framing,
        gradientHook,
        side,
        stride == null ? Math.max(1, side / 2) : stride,
        harvest != null ? harvest : bundle.map(b -> b.models().harvest()).orElse(null),
        reliance,
        reliance == 0 ? null : corpus.images(bundle),
        corpus.limit(),
        seed);
  }
}
