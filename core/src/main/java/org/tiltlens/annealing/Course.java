package org.tiltlens.annealing;

import java.util.Arrays;
import java.util.List;
import org.tiltlens.feature.Objective;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tempering;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;

/**
 * When particles have moved enough, how far the next rung goes, and where a run ends.
 *
 * <p>A mean is reached by Newton's steps, {@code b' = b + (wanted - mean) / Var[s]}, up or down:
 * each from particles that have moved until their mean no longer rises, so that it stops where the
 * tilt's own mean is the wanted one and not where particles lag behind it.
 *
 * @param objective makes what is tilted of the particles' scores
 */
record Course(Goal goal, Annealing.Settings settings, Objective objective) {
  /** Logarithm of the trace that a rung's moves leave of where they began. */
  private static final double FORGOTTEN = 2;

  /** Share of different paths at which the last rung may end. */
  private static final double PARTED = 0.9;

  /** With more particles an effective path, parting copies would leave families of near ones. */
  private static final double MOST_COPIES = 4;

  /** Miss of a wanted mean that is none, in units of {@link Aim#missUnit}. */
  private static final double NEAR = 0.01;

  /** The same in standard errors: nearer, chance alone decides. */
  private static final double LIKELY = 0.5;

  /** Newton's steps that move a mean by chance alone are worth no more than that. */
  private static final int MOST_LAST_RUNGS = 12;

  /** The first rung's tilt: the goal's own where the pool is believed there. */
  double first(double... pool) {
    double share = settings.ess() * Math.min(1, (double) settings.particles() / pool.length);
    double wanted = wanted(ScoreSample.of(pool));
    return isBelieved(ScoreSample.of(pool), wanted) ? wanted : Tempering.step(pool, share, wanted);
  }

  /**
   * Whether so many paths of a pool share the weight at the goal that KL is below {@code log N -
   * 2}: {@code KL <= log(N / ESS)}.
   */
  boolean isBelieved(ScoreSample pool) {
    return isBelieved(pool, wanted(pool));
  }

  private boolean isBelieved(ScoreSample pool, double beta) {
    return Double.isFinite(beta) && pool.tilted(beta).ess() >= settings.believed();
  }

  /** What the pool takes the goal's tilt for: infinite where none of its images is as far. */
  private double wanted(ScoreSample pool) {
    if (goal instanceof Goal.Beta beta) {
      return beta.beta();
    }
    double mean = ((Goal.Mean) goal).mean();
    return mean == pool.mean() || (mean > pool.min() && mean < pool.max())
        ? Tilting.solve(pool, mean)
        : (mean - pool.mean()) * Double.POSITIVE_INFINITY;
  }

  /** How far the next rung is from the present one. */
  double step(AnnealedCloud cloud) {
    double[] energies = energies(cloud);
    return Tempering.step(energies, share(cloud), wanted(cloud, energies));
  }

  /** What is to stay effective of the particles: of those that are no copies a stated share. */
  private double share(AnnealedCloud cloud) {
    return 1 - (1 - settings.ess()) * cloud.distinct() / cloud.size();
  }

  /** Whether the goal is still ahead and will stay there. */
  boolean isInVain(AnnealedCloud cloud) {
    return !isThere(cloud) && new Reach(goal).isPassed(cloud.rungs());
  }

  private double wanted(AnnealedCloud cloud, double... energies) {
    if (goal instanceof Goal.Beta beta) {
      return beta.beta() - cloud.beta();
    }
    TiltedScores now = ScoreSample.of(energies).tilted(0);
    double miss = ((Goal.Mean) goal).mean() - mean(cloud, now.mean());
    return miss == 0 ? 0 : miss / now.variance();
  }

  /** Over the last moves of the rung, which is less noisy than after one. */
  private double mean(AnnealedCloud cloud, double present) {
    List<Tally> moves = cloud.last().moves();
    return mean(moves.subList(Math.max(0, moves.size() - window()), moves.size()), present);
  }

  private static double mean(List<Tally> moves, double otherwise) {
    return moves.stream().mapToDouble(Tally::mean).average().orElse(otherwise);
  }

  private int window() {
    return Math.max(1, settings.lastMoves() / 2);
  }

  /** Whether the goal is reached and the last rung's moves are made. */
  boolean isDone(AnnealedCloud cloud) {
    return isThere(cloud)
        && isMoved(cloud)
        && (goal instanceof Goal.Beta || cloud.told() || isMean(cloud));
  }

  /** Whether particles are as the tilt has them, but for copies of paths to become different. */
  boolean isParting(AnnealedCloud cloud) {
    return cloud.told() && cloud.size() <= MOST_COPIES * cloud.last().ess();
  }

  /** Whether copies of paths have become different ones. */
  boolean isParted(AnnealedCloud cloud) {
    return cloud.distinct() >= PARTED * cloud.size();
  }

  /** Whether a rung ended because it had moved for long enough, not far enough. */
  boolean isStuck(Rung rung) {
    int made = rung.moves().size();
    return made > 0
        && (made == settings.patience() * settings.moves()
            || made == settings.patience() * settings.lastMoves());
  }

  /** Whether this is the last rung, if a mean does not ask for a small correction. */
  private boolean isThere(AnnealedCloud cloud) {
    if (cloud.told()) {
      return true;
    }
    if (goal instanceof Goal.Beta beta) {
      // What rounding leaves of the way is none.
      return Math.abs(beta.beta() - cloud.beta()) <= 1e-12 * Math.abs(beta.beta());
    }
    double[] energies = energies(cloud);
    double wanted = wanted(cloud, energies);
    return Double.isFinite(wanted)
        && ScoreSample.of(energies).tilted(wanted).ess() >= share(cloud) * cloud.size();
  }

  private boolean isMean(AnnealedCloud cloud) {
    double[] energies = energies(cloud);
    double wanted = ((Goal.Mean) goal).mean();
    double miss = Math.abs(mean(cloud, average(energies)) - wanted);
    int[] eves = cloud.eves().stream().mapToInt(Integer::intValue).toArray();
    int families = Arrays.stream(eves).max().orElse(0) + 1;
    double error =
        Genealogy.estimate(LogWeights.uniform(eves.length), eves, families, energies, 0, 0)
            .mean()
            .standardError();
    return miss
            <= Math.max(
                NEAR * Aim.missUnit(wanted, ScoreSample.of(energies)),
                Double.isFinite(error) ? LIKELY * error : 0)
        || lastRungs(cloud) >= MOST_LAST_RUNGS;
  }

  private long lastRungs(AnnealedCloud cloud) {
    return cloud.rungs().stream()
        .filter(rung -> rung.moves().size() >= settings.lastMoves())
        .count();
  }

  /** Whether the rung's moves are made. */
  boolean isMoved(AnnealedCloud cloud) {
    boolean there = isThere(cloud);
    int moves = there ? settings.lastMoves() : settings.moves();
    int made = cloud.last().moves().size();
    if (made >= settings.patience() * moves) {
      return true;
    }
    if (isParting(cloud)) {
      return isParted(cloud);
    }
    // Where moves are refused, particles lag behind the tilt: so more of them.
    return made >= moves
        && cloud.last().travelled() >= 2 * FORGOTTEN * variance(cloud)
        && (!there || (isParted(cloud) && !isRising(cloud)));
  }

  /** Whether the last moves took the mean farther than those before, by a standard error. */
  boolean isRising(AnnealedCloud cloud) {
    List<Tally> moves = cloud.last().moves();
    if (moves.size() < 2 * window()) {
      return false;
    }
    int last = moves.size() - window();
    double rise =
        mean(moves.subList(last, moves.size()), 0) - mean(moves.subList(last - window(), last), 0);
    double deviation = Aim.deviation(ScoreSample.of(energies(cloud)));
    return Math.signum(cloud.beta()) * rise > deviation / Math.sqrt(cloud.size());
  }

  private double variance(AnnealedCloud cloud) {
    return ScoreSample.of(energies(cloud)).tilted(0).variance();
  }

  double[] energies(AnnealedCloud cloud) {
    return objective.of(cloud.scores().stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double average(double... energies) {
    return Arrays.stream(energies).average().orElseThrow();
  }
}
