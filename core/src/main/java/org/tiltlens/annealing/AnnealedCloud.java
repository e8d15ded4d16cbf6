package org.tiltlens.annealing;

import java.util.ArrayList;
import java.util.List;

/**
 * The particles of an {@link Annealing} on their way: all that is needed to go on, and nothing
 * else.
 *
 * @param seed the run's
 * @param paths of the particles, owned by this cloud
 * @param scores s of each particle's image
 * @param eves per particle, the path of the pool that it began as
 * @param labels per particle, what its path was drawn by: equal for copies of one path
 * @param logZ log E_p[exp(beta s)] at the last rung's beta, by the means of the weights so far
 * @param rungs so far; the last is where the particles are
 * @param evaluations of the prior's network so far, without the pool's
 * @param told whether the pool's own weights drew the particles at the goal
 */
public record AnnealedCloud(
    long seed,
    Paths paths,
    List<Double> scores,
    List<Integer> eves,
    List<Long> labels,
    double logZ,
    List<Rung> rungs,
    long evaluations,
    boolean told)
    implements AutoCloseable {
  public AnnealedCloud {
    scores = List.copyOf(scores);
    eves = List.copyOf(eves);
    labels = List.copyOf(labels);
    rungs = List.copyOf(rungs);
  }

  /** Number of particles. */
  public int size() {
    return scores.size();
  }

  /** Where the particles are. */
  Rung last() {
    return rungs.get(rungs.size() - 1);
  }

  /** The tilt that they are samples of. */
  public double beta() {
    return last().beta();
  }

  /** Moves made in all. */
  int sweeps() {
    return rungs.stream().mapToInt(rung -> rung.moves().size()).sum();
  }

  /** How many paths of the pool they descend from. */
  int ancestors() {
    return (int) eves.stream().distinct().count();
  }

  /** How many different paths they are. */
  public int distinct() {
    return (int) labels.stream().distinct().count();
  }

  /** After one more move of all particles. */
  AnnealedCloud moved(List<Double> nextScores, List<Long> nextLabels, Tally tally, long cost) {
    List<Rung> next = new ArrayList<>(rungs);
    next.set(next.size() - 1, last().plus(tally));
    return new AnnealedCloud(
        seed, paths, nextScores, eves, nextLabels, logZ, next, evaluations + cost, told);
  }

  @Override
  public void close() {
    paths.close();
  }
}
