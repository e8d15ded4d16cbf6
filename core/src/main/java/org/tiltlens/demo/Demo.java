package org.tiltlens.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.harvest.CreditsFile;
import org.tiltlens.harvest.FeatureChoice;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.study.AimSpec;
import org.tiltlens.study.GrownClass;
import org.tiltlens.study.JudgedPool;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;

/**
 * The whole method on a bundle: features picked by a rule, what each fires on in the corpus, and
 * images drawn at several tilts, on one page.
 *
 * <p>Each (feature, target) is a {@link Study} of its own in a folder of its own, so a killed demo
 * goes on where it stopped.
 */
public final class Demo {
  private static final String COMMAND = "demo";

  private final DemoSpec spec;
  private final Execution execution;
  private final Bundle bundle;
  private final Path folder;
  private final Map<String, String> hashes;

  private Demo(DemoSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    this.spec = spec;
    this.execution = execution;
    this.folder = folder;
    bundle = Bundle.rooted(spec.bundle(), spec.priorOptions());
    hashes = FileHashes.of(bundle.files(), progress);
  }

  /** Where a demo goes by default: the same for the same spec. */
  public static Path defaultFolder(DemoSpec spec) {
    return RunFolder.usual(COMMAND, spec);
  }

  /**
   * Makes the demo in {@code folder}, goes on with a killed one of the same spec, or returns what a
   * finished one found.
   *
   * @throws IllegalArgumentException if the rule does not allow so many features, or the folder
   *     holds another demo
   * @throws IOException if files cannot be read or written
   */
  public static DemoResult run(DemoSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    try (ModelShelf shelf = new ModelShelf()) {
      return run(spec, execution, folder, progress, shelf);
    }
  }

  /** The same with networks from a shelf, which stays open. */
  public static DemoResult run(
      DemoSpec spec, Execution execution, Path folder, Progress progress, ModelShelf shelf)
      throws IOException {
    long start = System.nanoTime();
    Demo demo = new Demo(spec, execution, folder, progress);
    try (Corpus corpus = demo.bundle.openCorpus()) {
      String fingerprint = corpus.fingerprint(corpus.size());
      return RunFolder.once(
          folder,
          DemoResult.class,
          RunIdentity.of(COMMAND, spec, demo.hashes, fingerprint, execution),
          Demo::identity,
          run -> {
            DemoResult result = demo.draw(run, corpus, fingerprint, start, progress, shelf);
            GalleryPage.write(folder, result);
            return result;
          });
    }
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(DemoResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        found.modelSha256(),
        found.corpus().fingerprint(),
        found.execution());
  }

  private DemoResult draw(
      RunFolder run,
      Corpus corpus,
      String fingerprint,
      long start,
      Progress progress,
      ModelShelf shelf)
      throws IOException {
    try (FeatureTable table = FeatureTable.open(bundle.path(bundle.manifest().features()))) {
      Exhibits exhibits = new Exhibits(corpus, run, spec.seed(), spec.brief());
      FeatureChoice choice = choice(table, corpus);
      List<DemoResult.FeatureExhibit> shown = new ArrayList<>();
      List<StudyResult> studies = new ArrayList<>();
      List<List<GrownClass>> growth = new ArrayList<>();
      long steps = units(choice.picked().size());
      try (JudgedPool pool = pool(choice.picked(), corpus, shelf, progress);
          Progress.Task task =
              Cancellable.begin(progress, "drawing", steps, Counted.share(steps))) {
        task.note("the prior itself");
        studies.add(unguided(choice.picked().get(0), shelf, pool, task));
        for (FeatureStatistics feature : choice.picked()) {
          task.note("feature " + feature.feature());
          shown.add(
              exhibits.of(
                  feature, () -> models(feature, shelf), execution.batching(), steps(), task));
          for (double percentile : spec.percentiles()) {
            StudySpec study = study(feature, percentile);
            StudyResult found = study(study, shelf, pool, where(feature, percentile), task);
            studies.add(found);
            growth.add(pool.growth(study, found.results().get(0).beta(), Progress.SILENT));
          }
        }
      }
      List<StudyResult.UnitResult> results =
          studies.stream().flatMap(study -> study.results().stream()).toList();
      return new DemoResult(
          Version.NUMBER,
          Engine.version(),
          COMMAND,
          spec,
          execution,
          hashes,
          spec.seed(),
          Stopwatch.secondsSince(start),
          secondsPerStep(studies),
          bundle.manifest().name(),
          new CorpusNote(
              table.info().images(),
              bundle.manifest().dataLicence(),
              fingerprint,
              CreditsFile.write(bundle, run.file(CreditsFile.NAME))),
          spec.brief() ? FeatureChoice.ALL_RULE : FeatureChoice.RULE,
          choice.eligible(),
          results.get(0),
          shown,
          results.subList(1, results.size()),
          growth.contains(null) ? null : growth);
    }
  }

  private FeatureChoice choice(FeatureTable table, Corpus corpus) {
    List<FeatureStatistics> all = table.features(FeatureTable.Sort.INDEX, table.info().features());
    return spec.brief()
        ? FeatureChoice.all(all)
        : FeatureChoice.of(
            all, image -> corpus.className(image).orElse(""), spec.features(), spec.seed());
  }

  private StudyModels models(FeatureStatistics feature, ModelShelf shelf) throws IOException {
    StudySpec any = study(feature, spec.percentiles().get(0));
    StudyModels models = StudyModels.open(any, shelf, device(), Progress.SILENT);
    models.requireHarvestOf(any.models(), hashes);
    return models;
  }

  /** Steps of the networks, the unit of progress: drawing a step and its bound are one each. */
  private long units(int features) {
    long each = 2L * spec.unguided();
    long drawn = 2L * spec.count();
    if (spec.pilots() != null) {
      drawn += (long) spec.pilots().rounds() * spec.pilots().images();
    }
    long exhibited = spec.brief() ? 0 : Exhibits.SHOWN;
    each += features * (exhibited + drawn * spec.percentiles().size());
    return each * steps();
  }

  private int steps() {
    NoiseSchedule schedule =
        NoiseSchedule.named(bundle.manifest().noiseSchedule(), bundle.manifest().baseSteps());
    return schedule.respaced(spec.respacing()).steps();
  }

  /** The prior's own images: a tilt of 0. */
  private StudyResult unguided(
      FeatureStatistics any, ModelShelf shelf, JudgedPool pool, Progress.Task task)
      throws IOException {
    StudySpec study =
        like(unit(any), new AimSpec.Given(0))
            .withSteps(spec.form(), spec.respacing())
            .withCount(spec.unguided())
            .withSeed(spec.seed());
    return study(study, shelf, pool, "unguided", task);
  }

  private static String where(FeatureStatistics feature, double percentile) {
    return ("feature-" + feature.feature() + "/p" + percentile).replaceFirst("\\.0$", "");
  }

  private JudgedPool pool(
      List<FeatureStatistics> picked, Corpus corpus, ModelShelf shelf, Progress progress)
      throws IOException {
    List<StudySpec> any =
        picked.stream().map(feature -> study(feature, spec.percentiles().get(0))).toList();
    return JudgedPool.of(any, bundle, corpus.classNames(), execution, shelf, progress);
  }

  private StudyResult study(
      StudySpec study, ModelShelf shelf, JudgedPool pool, String where, Progress.Task task)
      throws IOException {
    Study.Run run = new Study.Run(COMMAND, study, execution, hashes, System.nanoTime());
    return Study.draw(run, shelf, pool.shared(), folder.resolve(where), task).within(where);
  }

  private StudySpec study(FeatureStatistics feature, double percentile) {
    AimSpec aim = new AimSpec.Wanted(Target.percentile(percentile), spec.pilots());
    return like(unit(feature), aim)
        .withSteps(spec.form(), spec.respacing())
        .withCount(spec.count())
        .withSeed(spec.seed());
  }

  private StudySpec like(String unit, AimSpec aim) {
    return spec.exact() ? StudySpec.exact(bundle, unit, aim) : StudySpec.of(bundle, unit, aim);
  }

  private static String unit(FeatureStatistics feature) {
    return "feature:" + feature.feature() + "@pre";
  }

  private Device device() {
    return execution.place();
  }

  private static Double secondsPerStep(List<StudyResult> studies) {
    OptionalDouble mean =
        studies.stream()
            .map(StudyResult::modelSecondsPerStep)
            .filter(Objects::nonNull)
            .mapToDouble(Double::doubleValue)
            .average();
    return mean.isPresent() ? mean.getAsDouble() : null;
  }
}
