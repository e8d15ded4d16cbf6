package org.tiltlens.study;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Paths;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.feature.UnitScores;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.pool.Pool;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.Pools;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * An open pool and what units score on its images, for all runs of a job that start from it: an
 * image is looked at once for all units that are asked for together.
 *
 * <p>Its images are rounded to 8 bits, and so the scores are those of such images.
 */
public final class SharedPool implements AutoCloseable {
  private final Pool pool;
  private final Map<ScoreSpec, List<Double>> scores = new HashMap<>();

  private SharedPool(Pool pool) {
    this.pool = pool;
  }

  /** The pool that a run asks for, drawn if need be; null if it wants none. */
  public static SharedPool of(
      StudySpec spec, Execution execution, ModelShelf shelf, Progress progress) throws IOException {
    PoolChoice choice = spec.guidance().pool();
    return choice == null
        ? null
        : new SharedPool(
            Pools.open(choice, spec.models(), spec.steps(), execution, progress, shelf));
  }

  /**
   * An open pool.
   *
   * @param pool taken over
   */
  public static SharedPool of(Pool pool) {
    return new SharedPool(pool);
  }

  /** The pool itself. */
  public Pool pool() {
    return pool;
  }

  /**
   * Scores units that were not yet, all in one look at each image.
   *
   * @param units of one vision model and input size, by what specs say of their scores
   * @throws IllegalArgumentException if some images have no finite score
   */
  public void score(
      Map<ScoreSpec, UnitScore> units, Device device, Lanes lanes, LongConsumer progress) {
    List<ScoreSpec> missing = new ArrayList<>(units.keySet());
    missing.removeAll(scores.keySet());
    if (missing.isEmpty()) {
      return;
    }
    UnitScores all = new UnitScores(missing.stream().map(units::get).toList());
    List<CorpusScores> each =
        CorpusScores.each(pool.images(), pool.size(), all, device, lanes, progress);
    for (int i = 0; i < missing.size(); i++) {
      // Without a score an image would be a hole in the tilt.
      if (each.get(i).images().size() != pool.size()) {
        throw new IllegalArgumentException(
            "%d of the pool's %d images have no finite score: %s"
                .formatted(
                    pool.size() - each.get(i).images().size(),
                    pool.size(),
                    pool.images().skipped()));
      }
      scores.put(missing.get(i), each.get(i).scores());
    }
  }

  /** The scores of a unit that was scored, one an image. */
  List<Double> scores(ScoreSpec unit) {
    return scores.get(unit);
  }

  /** What a unit that was scored is tilted by, on each of the pool's images. */
  public double[] energies(ScoreSpec unit, Objective objective) {
    return objective.of(scores.get(unit).stream().mapToDouble(Double::doubleValue).toArray());
  }

  /**
   * What some of its paths end in, (n, C, H, W), beyond the innermost scope: its images as they
   * are, or, as those do not tell their latents, the ends of the paths drawn again.
   */
  public Tensor ends(PathSampler sampler, Device device, int... rows) {
    try (Scope scope = Scope.open()) {
      if (sampler.prior().isLatent()) {
        return Scope.keepForever(
            Tensors.cat(IntStream.of(rows).mapToObj(row -> end(sampler, row)).toList(), 0));
      }
      List<Integer> wanted = Arrays.stream(rows).boxed().toList();
      return Scope.keepForever(device.place(pool.images().read(wanted).orElseThrow().images()));
    }
  }

  private Tensor end(PathSampler sampler, int row) {
    try (Paths drawn = sampler.draw(pool.made().spec().seed(), row)) {
      return drawn.x().clone();
    }
  }

  /** The pool for annealing, whose paths are drawn again from the seed where they are wanted. */
  public org.tiltlens.annealing.Pool paths(PathSampler sampler, double... energies) {
    long seed = pool.made().spec().seed();
    return new org.tiltlens.annealing.Pool(energies, rows -> sampler.draw(seed, rows));
  }

  @Override
  public void close() {
    pool.close();
  }
}
