package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.Inspection;
import org.tiltlens.models.KnownPriorOptions;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Named;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.SpecException;
import org.tiltlens.server.ModelsBundle;
import org.tiltlens.training.VisionReport;
import org.tiltlens.training.VisionTraining;
import org.tiltlens.vision.BlockGroup;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A bundle, or models one by one and images, of which the studio makes one. */
final class SingleModelOptions {
  @Mixin private ModelOptions models;
  @Mixin private ImagesOption corpus;
  @Mixin private SquareOptions squares;
  @Mixin private PoolOption pool;

  @Option(
      names = "--judge",
      paramLabel = "DIR",
      description =
          "Network that guides nothing and judges what the others made: a folder that tiltlens"
              + " train vision wrote, of the corpus' classes. Default: the bundle's, or none with"
              + " --vision.")
  private Path judge;

  @Mixin private PresetOption presetOption;
  @Mixin private ScheduleOptions schedule;

  /** How a studio computes. */
  static Execution execution(Bundle bundle) {
    return Execution.onCpu(bundle.models().usualBatch(Runtime.getRuntime().availableProcessors()));
  }

  /**
   * The bundle that is named, or the one of single models, which are harvested where they are not
   * yet.
   *
   * @param folder the studio's
   * @throws IllegalArgumentException if the models do not fit each other, or the folder is of
   *     others
   */
  Bundle bundle(CommandLine command, Path folder) throws IOException {
    Optional<Bundle> whole = models.absoluteBundle();
    if (whole.isPresent()) {
      if (corpus.isGiven()
          || squares.isGiven()
          || pool.isGiven()
          || judge != null
          || presetOption.isGiven()
          || !schedule.isSilent()) {
        throw new SpecException(
            "a bundle has its own {images}, {imageSize}, {fit}, {pool}, {judge}, {preset}, {form},"
                + " {steps}, {noiseSchedule} and {baseSteps}: leave them out, or give {vision},"
                + " {dictionary} and {prior}");
      }
      ModelsBundle.requireNone(folder);
      return whole.get();
    }
    BundleManifest described = manifest(command);
    Execution execution = Execution.onCpu(Runtime.getRuntime().availableProcessors());
    return ModelsBundle.open(described, folder, execution, new ConsoleProgress(System.err));
  }

  private BundleManifest manifest(CommandLine command) throws IOException {
    Preset preset = presetOption.preset(Optional.empty());
    ModelFiles files = models.files(preset, pool.drawn());
    if (files.dictionary() == null) {
      throw new SpecException("no dictionary: give {dictionary}, a file or folder");
    }
    if (!corpus.isGiven()) {
      throw new SpecException(
          "no corpus: give {images}, the pictures that features are measured on");
    }
    StepsSpec steps = steps(preset, files.prior());
    // The prior's pictures are what is scored, so its size goes first.
    Framing framing =
        squares.framing(
            Optional.empty(), command, files.prior(), files.vision(), files.dictionary());
    return new BundleManifest(
        name(files.dictionary()) + " of " + name(files.vision()),
        framing.size(),
        framing.fit(),
        absolute(files.vision()),
        files.visionOptions(),
        files.hook(),
        absolute(files.dictionary()),
        absolute(files.prior()),
        withAbsoluteTokenizer(files.priorOptions()),
        steps.schedule(),
        steps.baseSteps(),
        steps.respacing(),
        steps.form(),
        preset,
        absolute(corpus.images()),
        files.harvest() == null ? ModelsBundle.TABLE : absolute(files.harvest()),
        pool.isGiven() ? absolute(pool.folder()) : null,
        judge == null ? null : judge(absolute(judge.toString())),
        "Images of " + name(corpus.images()) + ", whose licence was not said",
        null,
        Map.of());
  }

  /** Those of the given pool where nothing is said, and in any case what it was drawn with. */
  private StepsSpec steps(Preset preset, String prior) {
    Optional<PoolSpec> drawn = pool.drawn();
    if (pool.isGiven() && drawn.isEmpty()) {
      throw new SpecException(
          "'%s' is no pool: give {pool}, a folder that `tiltlens pool` wrote", pool.folder());
    }
    StepsSpec taken =
        schedule.of(
            drawn.filter(its -> !presetOption.isGiven()),
            Optional.empty(),
            prior,
            StepsChoice.Usual.of(preset));
    if (drawn.isPresent() && !taken.equals(drawn.get().steps())) {
      StepsSpec its = drawn.get().steps();
      throw new SpecException(
          "the pool '%s' was drawn by %s steps %s of %s, the studio's samples take %s steps %s of"
              + " %s: leave {steps} and {preset} out, or give a {pool} of these",
          pool.folder(),
          its.form().word(),
          its.respacing(),
          StepsSpec.words(its.schedule()),
          taken.form().word(),
          taken.respacing(),
          StepsSpec.words(taken.schedule()));
    }
    return taken;
  }

  /** With what a training says of itself, looked at after its last block. */
  private static BundleManifest.Judge judge(String folder) throws IOException {
    Path root = Path.of(folder);
    Path report = root.resolve("training.json");
    List<BlockGroup> blocks = Inspection.of(root).blocks();
    if (!Files.isRegularFile(report) || blocks.isEmpty()) {
      throw new SpecException(
          "'%s' is no trained classifier: give {judge}, a folder that `tiltlens train vision`"
              + " wrote",
          folder);
    }
    return new BundleManifest.Judge(
        folder,
        root.resolve(VisionTraining.HEAD_FILE).toString(),
        blocks.get(blocks.size() - 1).last() + ".hook_resid_post",
        Json.read(report, null, VisionReport.class).testAccuracy());
  }

  private static Map<String, String> withAbsoluteTokenizer(Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.computeIfPresent(KnownPriorOptions.TOKENIZER, (name, file) -> absolute(file));
    return all;
  }

  private static String absolute(String name) {
    return Named.resolve(name).toAbsolutePath().normalize().toString();
  }

  private static String name(String file) {
    return Path.of(absolute(file)).getFileName().toString();
  }
}
