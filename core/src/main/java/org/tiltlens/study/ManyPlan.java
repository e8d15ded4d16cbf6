package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Named;
import org.tiltlens.pool.Pool;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tilting;

/**
 * In which order many features are drawn, so that none keeps all others waiting: first those whose
 * tilt the pool tells by its weights, some at a time, as they share each look at the pool; then
 * those whose particles are annealed, each by itself, the rarest first, as they take longest.
 *
 * <p>What the plan expects decides when a feature is drawn, not what is drawn.
 *
 * @param groups features that are drawn together, in order
 * @param annealed how many of the features are expected to need annealing
 */
public record ManyPlan(List<List<Integer>> groups, int annealed) {
  /** Features that share a look at the pool, at most. */
  private static final int MOST_TOGETHER = 16;

  public ManyPlan {
    groups = groups.stream().map(List::copyOf).toList();
  }

  /** The harvest whose table tells what all features score on the pool's images. */
  public static HarvestSpec harvest(ManySpec many) throws IOException {
    ModelFiles models = many.like().models();
    ExactGuidance exact = (ExactGuidance) many.like().guidance();
    Path folder = Named.resolve(((PoolChoice.Kept) exact.pool()).folder());
    try (Pool pool = Pool.open(folder)) {
      return new HarvestSpec(
          models.vision(),
          models.visionOptions(),
          models.hook(),
          models.dictionary(),
          folder.resolve(pool.made().images()).toString(),
          Framing.crop(pool.made().side()),
          Integer.MAX_VALUE,
          "mix:0.7",
          many.like().score().center(),
          1);
    }
  }

  /**
   * Plans.
   *
   * @param onPool the table that {@link #harvest} asks for
   * @param beside how many groups are drawn beside each other
   */
  public static ManyPlan of(ManySpec many, Path onPool, int beside) throws IOException {
    record Expected(int feature, double effective) {}
    List<Integer> told = new ArrayList<>();
    List<Expected> rare = new ArrayList<>();
    try (FeatureTable pool = FeatureTable.open(onPool);
        FeatureTable corpus = FeatureTable.open(Named.resolve(many.like().models().harvest()))) {
      for (int feature : many.features()) {
        double effective = effective(many, pool.find(feature), corpus.find(feature));
        if (effective >= ExactGuidance.BELIEVED) {
          told.add(feature);
        } else {
          rare.add(new Expected(feature, effective));
        }
      }
    }
    List<List<Integer>> groups = new ArrayList<>();
    int together = Math.max(1, Math.min(MOST_TOGETHER, told.size() / beside));
    for (int from = 0; from < told.size(); from += together) {
      groups.add(told.subList(from, Math.min(told.size(), from + together)));
    }
    rare.sort(Comparator.comparingDouble(Expected::effective));
    rare.forEach(each -> groups.add(List.of(each.feature)));
    return new ManyPlan(groups, rare.size());
  }

  /** Effective images of the pool at the tilt; 0 where nothing is known, or none is as far. */
  private static double effective(
      ManySpec many, Optional<FeatureStatistics> pool, Optional<FeatureStatistics> corpus) {
    if (pool.isEmpty() || corpus.isEmpty()) {
      return 0;
    }
    ScoreSample scores = pool.get().sample();
    if (many.target() == null) {
      return scores.tilted(many.like().beta()).ess();
    }
    double mean = Aim.complete(many.target(), corpus.get().sample()).activation();
    return mean <= scores.min() || mean >= scores.max()
        ? 0
        : scores.tilted(Tilting.solve(scores, mean)).ess();
  }
}
