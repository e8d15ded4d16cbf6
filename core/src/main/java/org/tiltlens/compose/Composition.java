package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.pool.Pools;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.SharedPool;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.JointBetaSearch;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.JointTilt;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;

/**
 * Images that drive several units at once: samples of {@code p(x) exp(sum_k beta_k s_k(x))}, the
 * distribution nearest to the natural images whose mean scores are the wanted ones, or drawn by
 * guidance or particles that approximate it.
 *
 * <p>The betas follow from the levels. Exact samples take those of the pool's own joint tilt, and
 * correct them where they are annealed. Tilt guidance takes those of the corpus' own joint tilt,
 * then corrected by pilot runs of the sampler, on other noise than the run's. Weighted particles
 * take the corpus' betas.
 */
public final class Composition {
  private static final String COMMAND = "compose";

  private final CompositionSpec spec;
  private final Execution execution;
  private final ComposedModels models;
  private final JointScores corpus;
  private final Walk walk;
  private final JointAim aim;
  private final JointBetaSearch search;

  /**
   * @throws IllegalArgumentException if no tilt of the corpus reaches the aim
   */
  private Composition(
      CompositionSpec spec,
      Execution execution,
      ComposedModels models,
      JointScores corpus,
      Walk walk) {
    this.spec = spec;
    this.execution = execution;
    this.models = models;
    this.corpus = corpus;
    this.walk = walk;
    aim = JointAim.of(spec, corpus);
    search = aim.search();
  }

  /** Where a composition goes by default: the same for the same spec. */
  public static Path defaultFolder(CompositionSpec spec) {
    String units = spec.units().stream().map(ComposedUnit::unit).collect(Collectors.joining("-"));
    return RunFolder.usual(COMMAND, units, spec);
  }

  /**
   * Draws the images of {@code spec} into {@code folder}, goes on where a killed run of the same
   * spec stopped, or returns what a finished one found.
   *
   * @throws IllegalArgumentException if the spec does not fit the models or the corpus, or the
   *     folder holds another run
   * @throws IOException if files cannot be read or written
   */
  public static CompositionResult run(
      CompositionSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    return run(spec, execution, folder, progress, Walk.SAVE_EVERY);
  }

  /**
   * The same.
   *
   * @param saveEvery how long work that is under way may stay unsaved
   */
  static CompositionResult run(
      CompositionSpec spec, Execution execution, Path folder, Progress progress, Duration saveEvery)
      throws IOException {
    long start = System.nanoTime();
    Device device = execution.place();
    Map<String, String> hashes = FileHashes.of(spec.files(), progress);
    try (Corpus corpus = Corpus.open(Named.resolve(spec.images()), spec.framing())) {
      String fingerprint = corpus.fingerprint(Math.min(spec.limit(), corpus.size()));
      return RunFolder.once(
          folder,
          CompositionResult.class,
          RunIdentity.of(COMMAND, spec, hashes, fingerprint, execution),
          Composition::identity,
          run -> {
            try (ModelShelf shelf = new ModelShelf()) {
              ComposedModels models = ComposedModels.open(spec, shelf, device);
              JointScores scores = models.corpusScores(corpus, execution.lanes(), progress);
              LeftOut leftOut =
                  SkippedFile.write(corpus, Math.min(spec.limit(), corpus.size()), run);
              Composition composition =
                  new Composition(spec, execution, models, scores, new Walk(saveEvery));
              try (SharedPool pool = pool(spec, execution, shelf, progress)) {
                CompositionResult result =
                    composition.draw(run, pool, hashes, fingerprint, leftOut, start, progress);
                CompositionPage.write(folder, result);
                return result;
              }
            }
          });
    }
  }

  /** The pool of exact samples, drawn if need be; null for others. */
  private static SharedPool pool(
      CompositionSpec spec, Execution execution, ModelShelf shelf, Progress progress)
      throws IOException {
    return spec.exact() == null
        ? null
        : SharedPool.of(
            Pools.open(
                spec.exact().pool(), spec.models(), spec.steps(), execution, progress, shelf));
  }

  private CompositionResult draw(
      RunFolder run,
      SharedPool pool,
      Map<String, String> hashes,
      String fingerprint,
      LeftOut leftOut,
      long start,
      Progress progress)
      throws IOException {
    Batching batching = execution.batching();
    Sampling sampling = new Sampling(run, walk, spec.seed(), models.device(), batching);
    JointAim drawnAt =
        pool == null
            ? aim
            : JointAim.of(spec, corpus, models.poolScores(pool, batching.lanes(), progress));
    CompositionDrawing drawing = drawing(sampling, pool, drawnAt);
    CompositionImages images = new CompositionImages(spec, models, corpus, batching);
    String what = "drawing " + spec.units().size() + " units";
    CompositionDrawing.Drawn drawn;
    try (Progress.Task task =
        Cancellable.begin(progress, what, drawing.steps(), drawing.counted())) {
      drawn = drawing.draw(task);
    }
    List<CompositionResult.Image> shown;
    try (Progress.Task task = images.begin(progress, what)) {
      shown = images.of(run, drawn.files(), task);
    }
    JointTilt tilt = search.first();
    return new CompositionResult(
        Version.NUMBER,
        Engine.version(),
        COMMAND,
        spec,
        execution,
        hashes,
        fingerprint,
        leftOut,
        spec.seed(),
        Stopwatch.secondsSince(start),
        drawing.approximation(),
        outcomes(drawn, drawnAt),
        new CompositionResult.CorpusTilt(corpus.size(), tilt.logZ(), tilt.kl(), tilt.ess()),
        drawn.pilots(),
        drawn.weighted(),
        drawn.annealed(),
        shown);
  }

  private CompositionDrawing drawing(Sampling sampling, SharedPool pool, JointAim drawnAt) {
    if (pool != null) {
      return new ExactComposition(spec, models, sampling, pool, drawnAt);
    }
    return spec.isTwisted()
        ? new TwistedComposition(spec, models, sampling, search.first().betas())
        : new TiltedComposition(spec, models, sampling, search);
  }

  private List<CompositionResult.UnitOutcome> outcomes(
      CompositionDrawing.Drawn drawn, JointAim drawnAt) {
    double[] corpusBetas = search.first().betas();
    List<CompositionResult.UnitOutcome> outcomes = new ArrayList<>();
    for (int k = 0; k < corpusBetas.length; k++) {
      Estimated mean = drawn.means().get(k);
      outcomes.add(
          new CompositionResult.UnitOutcome(
              spec.units().get(k).unit(),
              drawn.betas()[k],
              corpusBetas[k],
              drawnAt.targets().get(k),
              corpus.unit(k).mean(),
              mean.value(),
              mean.standardError(),
              mean.estimator(),
              corpus.unit(k).percentileOf(mean.value())));
    }
    return outcomes;
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(CompositionResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        found.modelSha256(),
        found.corpus(),
        found.execution());
  }
}
