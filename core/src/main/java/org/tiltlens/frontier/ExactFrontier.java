package org.tiltlens.frontier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.AnnealedReport;
import org.tiltlens.study.SharedPool;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.TiltedScores;

/**
 * Samples of the tilt of the prior itself: what the images of its pool tell by their weights, and
 * annealed samples where too few of them count.
 */
final class ExactFrontier implements AutoCloseable {
  /** With fewer effective paths of the pool its weights are not what is shown. */
  private static final int FEWEST_EFFECTIVE = 30;

  private final FrontierSpec spec;
  private final Bundle bundle;
  private final Execution execution;
  private final Map<String, String> hashes;
  private final ModelShelf shelf;
  private final Path folder;
  private SharedPool pool;
  private CorpusFrontier paths;

  /**
   * @param hashes of all files that decide its points
   * @param folder of the run, in which annealed samples have folders of their own
   */
  ExactFrontier(
      FrontierSpec spec,
      Bundle bundle,
      Execution execution,
      Map<String, String> hashes,
      ModelShelf shelf,
      Path folder) {
    this.spec = spec;
    this.bundle = bundle;
    this.execution = execution;
    this.hashes = hashes;
    this.shelf = shelf;
    this.folder = folder;
  }

  /** Opens the pool, which is drawn if need be, and scores it; nothing where none is wanted. */
  void open(StudyModels models, Progress progress) throws IOException {
    if (!spec.exact()) {
      return;
    }
    StudySpec any = study(0);
    pool = SharedPool.of(any, execution, shelf, progress);
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the pool", pool.pool().size(), Counted.of("images"))) {
      pool.score(
          Map.of(any.score(), models.score()), models.device(), execution.lanes(), task::advance);
    }
    paths = new CorpusFrontier(ScoreSample.of(pool.energies(any.score(), any.objective())));
  }

  private StudySpec study(double beta) {
    StudySpec study =
        StudySpec.exact(bundle, spec.unit(), beta)
            .withSteps(spec.form(), spec.respacing())
            .withCount(spec.count())
            .withSeed(spec.seed());
    return spec.pool() == null ? study : study.withPool(spec.pool());
  }

  /** The prior itself, the given tilts, and those between that the pool tells; ascending. */
  List<Double> betas(List<Double> given) {
    return spec.exact()
        ? Stream.of(Stream.of(0.0), paths.curve().stream().filter(this::isTold), given.stream())
            .flatMap(betas -> betas)
            .sorted()
            .distinct()
            .toList()
        : List.of();
  }

  private boolean isTold(double beta) {
    return paths.sample().tilted(beta).ess() >= FEWEST_EFFECTIVE;
  }

  /** How far {@link #at} advances its task. */
  long units(double beta) {
    return isTold(beta) ? 0 : Study.units(study(beta));
  }

  /** The samples of a tilt. */
  FrontierPoint at(double beta, Progress.Task task) {
    return isTold(beta) ? weighted(beta) : drawn(beta, task);
  }

  private FrontierPoint weighted(double beta) {
    TiltedScores tilt = paths.sample().tilted(beta);
    TiltEstimate estimate = tilt.estimate();
    return FrontierPoint.of(
        FrontierMethod.EXACT,
        beta,
        estimate.mean(),
        estimate.kl(),
        "importance weights of %d pool paths".formatted(paths.sample().size()),
        paths.sample().size());
  }

  private FrontierPoint drawn(double beta, Progress.Task task) {
    Study.Run run =
        new Study.Run(Frontier.COMMAND, study(beta), execution, hashes, System.nanoTime());
    StudyResult.UnitResult found;
    try {
      found = Study.draw(run, shelf, pool, folder.resolve("exact-" + beta), task).results().get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    AnnealedReport had = found.annealed();
    Estimated kl = found.estimates().kl();
    FrontierPoint point =
        FrontierPoint.of(
            FrontierMethod.EXACT,
            beta,
            estimate(found.estimates().meanScore()),
            estimate(kl),
            kl.estimator() + reservation(had),
            had.particles());
    // On a single rung they are the pool's paths by weight, and descend from nothing.
    return point.ofFamilies(had.rungs().size() > 1 ? had.ancestors() : null, had.doubt());
  }

  private static String reservation(AnnealedReport had) {
    if (had.doubt() != null) {
      return "; not to be trusted: " + had.doubt();
    }
    return had.restsOnFew() ? "; rough, of %.0f effective paths".formatted(had.poolEss()) : "";
  }

  private static Estimate estimate(Estimated of) {
    return new Estimate(
        of.value(), of.standardError() == null ? Double.POSITIVE_INFINITY : of.standardError());
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
