package org.tiltlens.tilting;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The scores of several units on the same images: what a corpus knows of them together.
 *
 * <p>Immutable.
 */
public final class JointScores {
  private static final int MOST_STEPS = 200;

  /** Of the way to wanted means: finer than anyone needs. */
  private static final int HALVINGS = 30;

  /** Share of a score's standard deviation by which a mean may miss its goal. */
  private static final double TOLERANCE = 1e-8;

  private final double[][] scores;

  private JointScores(double[][] scores) {
    this.scores = scores;
  }

  /**
   * One row per image, one score per unit in it; copied.
   *
   * @throws IllegalArgumentException if there is no image, the rows differ in length, or a score is
   *     not finite
   */
  public static JointScores of(double[]... rows) {
    if (rows.length == 0 || rows[0].length == 0) {
      throw new IllegalArgumentException("no scores: expected at least one image and one unit");
    }
    for (double[] row : rows) {
      if (row.length != rows[0].length || !Arrays.stream(row).allMatch(Double::isFinite)) {
        throw new IllegalArgumentException(
            "scores " + Arrays.toString(row) + ": expected " + rows[0].length + " finite numbers");
      }
    }
    return new JointScores(Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new));
  }

  /** The same by units: one score per image, as many of each. */
  public static JointScores ofUnits(List<double[]> units) {
    return of(
        IntStream.range(0, units.get(0).length)
            .mapToObj(i -> units.stream().mapToDouble(unit -> unit[i]).toArray())
            .toArray(double[][]::new));
  }

  /** Number of images. */
  public int size() {
    return scores.length;
  }

  /** Number of units. */
  public int units() {
    return scores[0].length;
  }

  /** One unit's scores. */
  public ScoreSample unit(int k) {
    return ScoreSample.of(Arrays.stream(scores).mapToDouble(row -> row[k]).toArray());
  }

  /** {@code sum_k beta_k s_k} of each image. */
  public double[] combined(double... betas) {
    return Arrays.stream(scores)
        .mapToDouble(
            row -> IntStream.range(0, row.length).mapToDouble(k -> betas[k] * row[k]).sum())
        .toArray();
  }

  /** The same with each unit's scores cut off at its cap. */
  public JointScores atMost(double... caps) {
    return new JointScores(
        Arrays.stream(scores)
            .map(
                row ->
                    IntStream.range(0, row.length)
                        .mapToDouble(k -> Math.min(row[k], caps[k]))
                        .toArray())
            .toArray(double[][]::new));
  }

  /** The corpus tilted by {@code exp(beta . s)}. */
  public JointTilt tilted(double... betas) {
    return new JointTilt(scores, betas);
  }

  /**
   * The tilt whose mean scores are the wanted ones: the minimum of the convex dual {@code A(beta) -
   * beta . m}, by Newton's method with the step halved until the dual falls.
   *
   * @param given betas that are fixed; NaN where one is to be found
   * @param means wanted, read where a beta is to be found
   * @throws IllegalArgumentException if no distribution on the images has these means
   */
  public JointTilt solve(double[] given, double[] means) {
    Solved solved = solved(given, means);
    if (solved.found) {
      return solved.tilt;
    }
    throw new IllegalArgumentException(
        "no distribution on the corpus' "
            + size()
            + " images has mean scores "
            + wanted(given, means)
            + " together (nearest found: "
            + Arrays.stream(solved.tilt.means())
                .mapToObj(JointScores::shown)
                .collect(Collectors.joining(" and "))
            + "): ask for less, or for scores that go together");
  }

  /**
   * As {@link #solve}, or as far on the straight way to the wanted means as so many images stay
   * effective.
   *
   * @param given betas that are fixed; NaN where one is to be found
   * @param means wanted, read where a beta is to be found
   * @param ess effective number of images; where the given betas leave fewer, no other is moved
   */
  public JointTilt toward(double[] given, double[] means, double ess) {
    double[] from =
        tilted(Arrays.stream(given).map(beta -> Double.isNaN(beta) ? 0 : beta).toArray()).means();
    Solved whole = solved(given, means);
    if (whole.found && whole.tilt.ess() >= ess) {
      return whole.tilt;
    }
    JointTilt best = solved(given, from).tilt;
    double low = 0;
    double high = 1;
    for (int i = 0; i < HALVINGS; i++) {
      double share = (low + high) / 2;
      double[] on = new double[from.length];
      Arrays.setAll(on, k -> from[k] + share * (means[k] - from[k]));
      Solved part = solved(given, on);
      if (part.found && part.tilt.ess() >= ess) {
        best = part.tilt;
        low = share;
      } else {
        high = share;
      }
    }
    return best;
  }

  /**
   * Where Newton's method ended.
   *
   * @param found whether the tilt has the wanted means, or is only the nearest
   */
  private record Solved(JointTilt tilt, boolean found) {}

  private Solved solved(double[] given, double[] means) {
    double[] betas = Arrays.stream(given).map(beta -> Double.isNaN(beta) ? 0 : beta).toArray();
    double[] deviations = deviations();
    JointTilt now = tilted(betas);
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] off = off(now, given, means);
      double worst = 0;
      for (int k = 0; k < off.length; k++) {
        worst = Math.max(worst, Math.abs(off[k]) / deviations[k]);
      }
      if (worst <= TOLERANCE) {
        return new Solved(now, true);
      }
      JointTilt next = lower(now, direction(now, off, given, deviations), given, means);
      if (next == null) {
        break;
      }
      now = next;
    }
    return new Solved(now, false);
  }

  /** Means less the wanted ones; 0 where beta is given. */
  private static double[] off(JointTilt tilt, double[] given, double[] means) {
    double[] off = tilt.means();
    for (int k = 0; k < off.length; k++) {
      off[k] = Double.isNaN(given[k]) ? off[k] - means[k] : 0;
    }
    return off;
  }

  /** The Newton step {@code -C^-1 off} over the betas to be found. */
  private static double[] direction(
      JointTilt tilt, double[] off, double[] given, double[] deviations) {
    double[][] curvature = tilt.covariance();
    for (int k = 0; k < off.length; k++) {
      if (Double.isNaN(given[k])) {
        // Where the weight is on few images C has no inverse.
        curvature[k][k] += 1e-12 * deviations[k] * deviations[k];
      } else {
        Arrays.fill(curvature[k], 0);
        for (double[] row : curvature) {
          row[k] = 0;
        }
        curvature[k][k] = 1;
      }
    }
    return LinearSystem.solve(curvature, Arrays.stream(off).map(each -> -each).toArray());
  }

  /** The next tilt along a direction with a lower dual; null if there is none. */
  private JointTilt lower(JointTilt now, double[] direction, double[] given, double[] means) {
    double before = dual(now, given, means);
    for (double share = 1; share > 1e-10; share /= 2) {
      double[] betas = now.betas();
      for (int k = 0; k < betas.length; k++) {
        betas[k] += share * direction[k];
      }
      if (Arrays.stream(betas).allMatch(Double::isFinite)) {
        JointTilt next = tilted(betas);
        double dual = dual(next, given, means);
        // Near the minimum rounding hides the fall; the means still tell.
        if (dual < before || (share == 1 && dual <= before + 1e-12 * Math.abs(before))) {
          return next;
        }
      }
    }
    return null;
  }

  private static double dual(JointTilt tilt, double[] given, double[] means) {
    double dual = tilt.logZ();
    for (int k = 0; k < given.length; k++) {
      dual -= Double.isNaN(given[k]) ? tilt.betas()[k] * means[k] : 0;
    }
    return dual;
  }

  private static String shown(double mean) {
    return String.format(Locale.ROOT, "%.4g", mean);
  }

  private double[] deviations() {
    double[][] natural = tilted(new double[units()]).covariance();
    double[] deviations = new double[units()];
    for (int k = 0; k < deviations.length; k++) {
      deviations[k] = Math.sqrt(natural[k][k]);
      if (!(deviations[k] > 0)) {
        throw new IllegalArgumentException(
            "unit " + k + " has the same score on all images: no tilt changes its mean");
      }
    }
    return deviations;
  }

  private static String wanted(double[] given, double[] means) {
    StringBuilder text = new StringBuilder();
    for (int k = 0; k < given.length; k++) {
      if (Double.isNaN(given[k])) {
        text.append(text.length() == 0 ? "" : " and ").append(shown(means[k]));
      }
    }
    return text.toString();
  }
}
