package org.tiltlens.tilting;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the betas at which a sampler's mean scores are the wanted ones, all at once.
 *
 * <p>The sampler's means are a function of the betas whose Jacobian the corpus knows about: the
 * covariance of the scores under the tilt. The search starts at the corpus' betas and goes by
 * Broyden's method (Broyden 1965, the first one), which corrects that Jacobian by what each pilot
 * did. With the same noise in every pilot the function is deterministic.
 */
public final class JointBetaSearch {
  /** Share of the corpus' own beta by which one step may change a beta at the most. */
  private static final double LONGEST = 0.5;

  private final double[] given;
  private final double[] goals;
  private final double[] units;
  private final JointTilt first;

  /**
   * A search that starts from a corpus.
   *
   * @param given betas that are fixed; NaN where one is to be found
   * @param goals mean scores wanted, read where a beta is to be found
   * @param units what a miss of each goal is measured in, above 0
   * @throws IllegalArgumentException if no tilt of the corpus reaches the goals
   */
  public JointBetaSearch(JointScores corpus, double[] given, double[] goals, double[] units) {
    this.given = given.clone();
    this.goals = goals.clone();
    this.units = units.clone();
    first = corpus.solve(given, goals);
  }

  /** The corpus' tilt, where the search starts. */
  public JointTilt first() {
    return first;
  }

  /** How far a pilot is from the goal it misses most, in that goal's unit. */
  public double miss(JointPilot pilot) {
    return IntStream.range(0, goals.length)
        .filter(k -> Double.isNaN(given[k]))
        .mapToDouble(k -> Math.abs(pilot.means().get(k) - goals[k]) / units[k])
        .max()
        .orElse(0);
  }

  /** The betas to try next. */
  public double[] next(List<JointPilot> pilots) {
    if (pilots.isEmpty()) {
      return first.betas();
    }
    double[][] jacobian = first.covariance();
    for (int n = 1; n < pilots.size(); n++) {
      update(jacobian, pilots.get(n - 1), pilots.get(n));
    }
    JointPilot best = pilots.stream().min(Comparator.comparingDouble(this::miss)).orElseThrow();
    double[] lacking = new double[goals.length];
    for (int k = 0; k < goals.length; k++) {
      boolean free = Double.isNaN(given[k]);
      lacking[k] = free ? goals[k] - best.means().get(k) : 0;
      if (!free) {
        for (int l = 0; l < goals.length; l++) {
          jacobian[k][l] = k == l ? 1 : 0;
          jacobian[l][k] = k == l ? 1 : 0;
        }
      }
    }
    return moved(best, LinearSystem.solve(jacobian, lacking));
  }

  /** The whole step, shortened evenly where it is too long for one of the betas. */
  private double[] moved(JointPilot from, double[] step) {
    double[] corpus = first.betas();
    double share = 1;
    for (int k = 0; k < step.length; k++) {
      double longest = LONGEST * Math.max(Math.abs(corpus[k]), Math.abs(from.betas().get(k)));
      if (Math.abs(step[k]) > longest && longest > 0) {
        share = Math.min(share, longest / Math.abs(step[k]));
      }
    }
    double[] betas = new double[step.length];
    for (int k = 0; k < step.length; k++) {
      betas[k] = from.betas().get(k) + share * step[k];
    }
    return betas;
  }

  /** {@code J += (dm - J db) db^T / |db|^2}. */
  private static void update(double[][] jacobian, JointPilot before, JointPilot after) {
    int n = jacobian.length;
    double[] step = new double[n];
    double square = 0;
    for (int k = 0; k < n; k++) {
      step[k] = after.betas().get(k) - before.betas().get(k);
      square += step[k] * step[k];
    }
    if (square == 0) {
      return;
    }
    for (int k = 0; k < n; k++) {
      double residual = after.means().get(k) - before.means().get(k);
      for (int l = 0; l < n; l++) {
        residual -= jacobian[k][l] * step[l];
      }
      for (int l = 0; l < n; l++) {
        jacobian[k][l] += residual * step[l] / square;
      }
    }
  }
}
