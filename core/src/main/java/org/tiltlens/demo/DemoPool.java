package org.tiltlens.demo;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.ScoreSpec;
import org.tiltlens.study.SharedPool;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.torch.Device;

/**
 * What the exact samples of a demo start from: one pool, whose images are looked at once for all
 * features.
 */
final class DemoPool implements AutoCloseable {
  private final SharedPool pool;
  private final Optional<ClassGrowth> growth;

  private DemoPool(SharedPool pool, Optional<ClassGrowth> growth) {
    this.pool = pool;
    this.growth = growth;
  }

  /**
   * The pool of some studies, scored for all of their units; nothing if they want none.
   *
   * @param studies at least one, all of one bundle and unlike in their units alone
   */
  static DemoPool of(
      List<StudySpec> studies,
      Bundle bundle,
      Corpus corpus,
      Execution execution,
      ModelShelf shelf,
      Progress progress)
      throws IOException {
    SharedPool pool = SharedPool.of(studies.get(0), execution, shelf, progress);
    if (pool == null) {
      return new DemoPool(null, Optional.empty());
    }
    try {
      Device device = execution.place();
      Map<ScoreSpec, UnitScore> units = new LinkedHashMap<>();
      for (StudySpec study : studies) {
        units.put(study.score(), StudyModels.open(study, shelf, device, Progress.SILENT).score());
      }
      int size = pool.pool().size();
      try (Progress.Task task = Cancellable.begin(progress, "scoring the pool", size)) {
        pool.score(units, device, execution.lanes(), task::advance);
      }
      Optional<ClassGrowth> growth =
          ClassGrowth.of(
              bundle, shelf, device, execution.lanes(), pool.pool(), corpus.classNames());
      return new DemoPool(pool, growth);
    } catch (RuntimeException | Error e) {
      pool.close();
      throw e;
    }
  }

  /** Null without exact samples. */
  SharedPool shared() {
    return pool;
  }

  /** What the images of a study show more of than the prior; null if nobody can tell. */
  List<DemoResult.Growth> growth(StudySpec study, StudyResult found) {
    double beta = found.results().get(0).beta();
    return growth
        .map(classes -> classes.at(beta, pool.energies(study.score(), study.objective())))
        .orElse(null);
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
