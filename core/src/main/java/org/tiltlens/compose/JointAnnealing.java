package org.tiltlens.compose;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.LogWeights;

/**
 * Takes particles from the betas that a pool tells to those of wanted means: each round's particles
 * tell the next betas, and are reweighted to them and moved there.
 *
 * @param aim on the pool's images
 * @param rounds what draws and moves particles
 */
record JointAnnealing(JointAim aim, Rounds rounds) {
  /** Newton's steps that move a mean by chance alone are worth no more than that. */
  private static final int MOST_ROUNDS = 8;

  /** Paths of the pool that betas may rest on at the least. */
  private static final double FEWEST_EFFECTIVE = 16;

  /** Share of the particles that a step of the betas leaves effective at the least. */
  private static final double SHARE = 0.5;

  /** Particles at some betas. */
  interface Rounds {
    /** Annealed from the pool, along {@code t beta} with t from 0 to 1. */
    AnnealedCloud first(double... betas) throws IOException;

    /**
     * Moved at other betas.
     *
     * @param from closed
     * @param round from 1 on
     * @param logFactors logarithm of the new tilt over their own, without the Z
     */
    AnnealedCloud onward(AnnealedCloud from, double[] betas, int round, double... logFactors)
        throws IOException;

    /** The units' scores of each particle, capped. */
    double[][] scores(AnnealedCloud cloud);
  }

  /**
   * Where the rounds ended.
   *
   * @param cloud owned by this
   * @param tried the betas of each round and the means there, the last ones the cloud's own
   */
  record Ended(AnnealedCloud cloud, double[] betas, List<JointPilot> tried) {}

  /** The betas of the wanted means as far as the pool can tell. */
  static double[] first(JointAim aim) {
    double fewest = Math.min(FEWEST_EFFECTIVE, aim.scores().size() / 2.0);
    return aim.scores().toward(aim.given(), aim.goals(), fewest).betas();
  }

  /** All rounds; the caller closes the cloud. */
  Ended run(double... first) throws IOException {
    List<JointPilot> tried = new ArrayList<>();
    double[] betas = first;
    AnnealedCloud cloud = rounds.first(betas);
    double[][] scores = scores(cloud);
    while (!isEnd(cloud, betas, scores, tried)) {
      double[] step = step(cloud.distinct(), scores);
      betas = plus(betas, step);
      cloud = rounds.onward(cloud, betas, tried.size(), JointScores.of(scores).combined(step));
      scores = scores(cloud);
    }
    return new Ended(cloud, betas, tried);
  }

  private double[][] scores(AnnealedCloud cloud) {
    try {
      return rounds.scores(cloud);
    } catch (RuntimeException | Error e) {
      cloud.close();
      throw e;
    }
  }

  /** Takes note of a round. */
  private boolean isEnd(
      AnnealedCloud cloud, double[] betas, double[][] scores, List<JointPilot> tried) {
    List<Estimate> means = means(cloud, aim.scores().size(), scores);
    tried.add(
        new JointPilot(
            Arrays.stream(betas).boxed().toList(), means.stream().map(Estimate::value).toList()));
    return tried.size() == MOST_ROUNDS || aim.isMet(means);
  }

  /** Toward the wanted means, as far as the particles can tell. */
  private double[] step(int distinct, double[]... scores) {
    double[] fixed =
        Arrays.stream(aim.given()).map(beta -> Double.isNaN(beta) ? beta : 0).toArray();
    // Copies of one path would stay effective at any tilt.
    double fewest = scores.length - (1 - SHARE) * distinct;
    return JointScores.of(scores).toward(fixed, aim.goals(), fewest).betas();
  }

  private static double[] plus(double[] betas, double... step) {
    return IntStream.range(0, betas.length).mapToDouble(k -> betas[k] + step[k]).toArray();
  }

  /** The mean of each unit, with genealogical errors. */
  static List<Estimate> means(AnnealedCloud cloud, int pool, double[]... scores) {
    int[] eves = cloud.eves().stream().mapToInt(Integer::intValue).toArray();
    LogWeights equal = LogWeights.uniform(eves.length);
    return IntStream.range(0, scores[0].length)
        .mapToObj(k -> Arrays.stream(scores).mapToDouble(each -> each[k]).toArray())
        .map(each -> Genealogy.estimate(equal, eves, pool, each, 0, 0).mean())
        .toList();
  }
}
