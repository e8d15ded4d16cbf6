package org.tiltlens.study;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;

/**
 * One pool that the exact samples of many units start from, whose images a judge has looked at once
 * for all of them: which classes each tilt has more of than the prior.
 */
public final class JudgedPool implements AutoCloseable {
  private final SharedPool pool;
  private final Optional<ClassGrowth> growth;
  private final Execution execution;
  private final ModelShelf shelf;

  private JudgedPool(
      SharedPool pool, Optional<ClassGrowth> growth, Execution execution, ModelShelf shelf) {
    this.pool = pool;
    this.growth = growth;
    this.execution = execution;
    this.shelf = shelf;
  }

  /**
   * The pool of some studies, scored for all of their units; nothing if they want none.
   *
   * @param studies at least one, all of one bundle and unlike in their units alone
   * @param classes names of the judge's classes; without any nobody can tell
   * @param shelf stays its owner's, open as long as this
   */
  public static JudgedPool of(
      List<StudySpec> studies,
      Bundle bundle,
      List<String> classes,
      Execution execution,
      ModelShelf shelf,
      Progress progress)
      throws IOException {
    SharedPool pool = SharedPool.of(studies.get(0), execution, shelf, progress);
    if (pool == null) {
      return new JudgedPool(null, Optional.empty(), execution, shelf);
    }
    try {
      score(pool, studies, execution, shelf, progress);
      Optional<ClassGrowth> growth =
          ClassGrowth.of(bundle, shelf, execution.place(), execution.lanes(), pool.pool(), classes);
      return new JudgedPool(pool, growth, execution, shelf);
    } catch (RuntimeException | Error e) {
      pool.close();
      throw e;
    }
  }

  private static void score(
      SharedPool pool,
      List<StudySpec> studies,
      Execution execution,
      ModelShelf shelf,
      Progress progress)
      throws IOException {
    Device device = execution.place();
    Map<ScoreSpec, UnitScore> units = new LinkedHashMap<>();
    for (StudySpec study : studies) {
      units.put(study.score(), StudyModels.open(study, shelf, device, Progress.SILENT).score());
    }
    int size = pool.pool().size();
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the pool", size, Counted.of("images"))) {
      pool.score(units, device, execution.lanes(), task::advance);
    }
  }

  /** Null without exact samples. */
  public SharedPool shared() {
    return pool;
  }

  /**
   * The classes that a study's tilt has more of than the prior by more than chance, those that grew
   * most first; null if nobody can tell.
   *
   * @param study of the same pool; its unit is scored if it was not
   * @param beta of its tilt
   */
  public List<GrownClass> growth(StudySpec study, double beta, Progress progress)
      throws IOException {
    if (growth.isEmpty()) {
      return null;
    }
    score(pool, List.of(study), execution, shelf, progress);
    return growth.get().at(beta, pool.energies(study.score(), study.objective()));
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.close();
    }
  }
}
