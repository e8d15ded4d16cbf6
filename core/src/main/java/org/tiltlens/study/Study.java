package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.KnownPriorOptions;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.sampling.Walk;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;

/**
 * One run: a specification in, a folder of images and numbers out.
 *
 * <p>Everything a reader can be shown of a run is in its folder; no tensor leaves this room.
 */
public final class Study {
  private Study() {}

  /**
   * Draws the images of {@code spec} into {@code folder}, goes on where a killed run of the same
   * spec stopped, or returns what a finished one found.
   *
   * @param command name of the command, for {@code run.json}
   * @param folder where the result goes; created if need be
   * @throws IllegalArgumentException if the spec does not fit the models, or the folder holds
   *     another run
   * @throws IOException if files cannot be read or written
   */
  public static StudyResult run(
      String command, StudySpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    return run(command, spec, execution, folder, progress, Walk.SAVE_EVERY);
  }

  static StudyResult run(
      String command,
      StudySpec spec,
      Execution execution,
      Path folder,
      Progress progress,
      Duration saveEvery)
      throws IOException {
    try (ModelShelf shelf = new ModelShelf()) {
      return run(command, spec, execution, folder, progress, saveEvery, shelf);
    }
  }

  /**
   * The same with networks from a shelf.
   *
   * @param saveEvery how long work that is under way may stay unsaved
   */
  static StudyResult run(
      String command,
      StudySpec spec,
      Execution execution,
      Path folder,
      Progress progress,
      Duration saveEvery,
      ModelShelf shelf)
      throws IOException {
    long start = System.nanoTime();
    // What is cheap to refuse comes first.
    KnownPriorOptions.check(spec.models().priorOptions());
    Device device = execution.place();
    // So that a slip is told before gigabytes are hashed; what is finished had none.
    Optional<StudyModels> early =
        RunFolder.isFinished(folder)
            ? Optional.empty()
            : Optional.of(StudyModels.open(spec, shelf, device, progress));
    Map<String, String> hashes =
        CorpusDrawing.identified(spec, FileHashes.of(spec.files(), progress));
    Run run = new Run(command, spec, execution, hashes, start, saveEvery);
    return once(
        run,
        folder,
        files -> {
          StudyModels models =
              early.orElseGet(() -> StudyModels.open(spec, shelf, device, progress));
          // A pool is work of its own, with an end of its own to tell.
          try (SharedPool pool = SharedPool.of(spec, execution, shelf, progress)) {
            StudyResult result = drawInto(files, run, models, pool, Phases.own(progress));
            StudyPage.write(folder, result);
            return result;
          }
        });
  }

  /**
   * A run whose files are known.
   *
   * @param hashes of the models' files
   * @param start when it began, by {@link System#nanoTime}
   * @param saveEvery how long work that is under way may stay unsaved
   */
  public record Run(
      String command,
      StudySpec spec,
      Execution execution,
      Map<String, String> hashes,
      long start,
      Duration saveEvery) {
    public Run(
        String command,
        StudySpec spec,
        Execution execution,
        Map<String, String> hashes,
        long start) {
      this(command, spec, execution, hashes, start, Walk.SAVE_EVERY);
    }

    private String identity() {
      return RunIdentity.of(command, spec, hashes, null, execution);
    }
  }

  /** How far {@link #draw} will advance its task. */
  public static long units(StudySpec spec) {
    long steps = spec.steps().noise().steps();
    if (spec.isExact()) {
      return ExactDrawing.units(spec, steps);
    }
    if (spec.isRenoised()) {
      return CorpusDrawing.units(spec, steps);
    }
    int drawn = spec.isTwisted() ? spec.particles() : spec.count();
    // Once to draw, once more for the bits per dimension.
    return steps * (drawn + spec.count())
        + Calibration.units(spec, steps)
        + Ladder.units(spec, steps);
  }

  /**
   * Draws the images of a run, or what is left to do, or returns what was found before, which asks
   * nothing of the shelf.
   */
  public static StudyResult draw(Run run, ModelShelf shelf, Path folder, Progress.Task task)
      throws IOException {
    return draw(run, shelf, null, folder, task);
  }

  /**
   * The same from a pool that other runs share.
   *
   * @param shared stays the caller's; null to open the run's own where it needs one
   */
  public static StudyResult draw(
      Run run, ModelShelf shelf, SharedPool shared, Path folder, Progress.Task task)
      throws IOException {
    Optional<StudyResult> finished =
        RunFolder.finished(folder, StudyResult.class)
            .filter(found -> identity(found).equals(run.identity()));
    if (finished.isPresent()) {
      task.skip(units(run.spec));
      return finished.get();
    }
    Device device = run.execution.place();
    return once(
        run,
        folder,
        files -> {
          StudyModels models = StudyModels.open(run.spec, shelf, device, Progress.SILENT);
          if (shared != null) {
            return drawInto(files, run, models, shared, Phases.of(task));
          }
          try (SharedPool own = SharedPool.of(run.spec, run.execution, shelf, Progress.SILENT)) {
            return drawInto(files, run, models, own, Phases.of(task));
          }
        });
  }

  private static StudyResult once(Run run, Path folder, RunFolder.Work<StudyResult> work)
      throws IOException {
    return RunFolder.once(folder, StudyResult.class, run.identity(), Study::identity, work);
  }

  /**
   * The images of a run.
   *
   * @param pool needed where the guidance asks for one
   */
  private static StudyResult drawInto(
      RunFolder files, Run run, StudyModels models, SharedPool pool, Phases phases)
      throws IOException {
    double loadSeconds = Stopwatch.secondsSince(run.start);
    StudySpec spec = run.spec;
    models.requireHarvestOf(spec.models(), run.hashes);
    Walk walk = new Walk(run.saveEvery);
    Batching batching = run.execution.batching();
    Sampling sampling = new Sampling(files, walk, spec.seed(), models.device(), batching);
    FinishedImages images = new FinishedImages(spec, models, files, run.saveEvery);
    StudyResult.UnitResult found;
    DrawingSeconds took;
    if (spec.isExact()) {
      found = new ExactDrawing(spec, models, sampling, pool, images).draw(phases);
      took = new DrawingSeconds(sampling.seconds(Sampling.IMAGES), null);
    } else if (spec.isRenoised()) {
      try (Progress.Task task =
          phases.begin("drawing " + spec.unit(), units(spec), new Counted("steps", 1))) {
        found = CorpusDrawing.draw(spec, models, sampling, images, task);
      }
      took = new DrawingSeconds(sampling.seconds(Sampling.IMAGES), null);
    } else {
      Aim aim = aim(spec, models, sampling, phases);
      try (Progress.Task task = drawing(spec, phases)) {
        found =
            spec.isTwisted()
                ? new TwistedDrawing(spec, models, sampling, aim, images).draw(task)
                : new Drawing(
                        spec, models, sampling, aim, images, told(spec, models, pool, batching))
                    .draw(task);
      }
      took = DrawingSeconds.of(aim, sampling);
    }
    OptionalLong peak = Engine.peakResidentBytes();
    return new StudyResult(
        Version.NUMBER,
        Engine.version(),
        run.command,
        spec,
        run.execution,
        run.hashes,
        models.score().visionModel(),
        spec.seed(),
        Stopwatch.secondsSince(run.start),
        loadSeconds,
        took.drawing(),
        took.pilots(),
        walk.secondsPerStep(),
        peak.isPresent() ? peak.getAsLong() : null,
        List.of(found));
  }

  private static Aim aim(StudySpec spec, StudyModels models, Sampling sampling, Phases phases) {
    long steps = spec.steps().noise().steps();
    try (Progress.Task task =
        phases.begin(
            "drawing " + spec.unit() + " (pilots)",
            Calibration.units(spec, steps),
            new Counted("pilot images", steps))) {
      return new Calibration(spec, models, sampling.forPilots()).aim(task);
    }
  }

  private static Progress.Task drawing(StudySpec spec, Phases phases) {
    long steps = spec.steps().noise().steps();
    // An image takes as many steps to measure as to draw.
    Counted as =
        spec.isTwisted() || spec.ladder() != null
            ? new Counted("steps", 1)
            : new Counted("images", 2 * steps);
    return phases.begin("drawing " + spec.unit(), units(spec) - Calibration.units(spec, steps), as);
  }

  /** What a pool says of tilts; null where the guidance asks for none. */
  private static ToldByPool told(
      StudySpec spec, StudyModels models, SharedPool pool, Batching batching) {
    if (spec.guidance().pool() == null) {
      return null;
    }
    pool.score(
        Map.of(spec.score(), models.score()), models.device(), batching.lanes(), images -> {});
    return new ToldByPool(ScoreSample.of(pool.energies(spec.score(), spec.objective())));
  }

  /**
   * The spec a run was made with.
   *
   * @param runJson the {@code run.json} it wrote
   * @throws IllegalArgumentException if that is no such file
   */
  public static StudySpec specOf(Path runJson) throws IOException {
    return Json.read(runJson, "spec", StudySpec.class);
  }

  /**
   * {@code tiltlens-out/COMMAND-UNIT-HASH}: the same for the same spec, so that a killed run is
   * found again.
   */
  public static Path defaultFolder(String command, StudySpec spec) {
    return RunFolder.usual(command, spec.unit(), spec);
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(StudyResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        found.modelSha256(),
        null,
        found.execution());
  }
}
