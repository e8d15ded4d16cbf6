package org.tiltlens.compose;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.JointBetaSearch;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;

/**
 * What a composition's units are aimed at, on images that are tilted: the corpus', or a pool's.
 *
 * <p>Levels are those of capped scores, since beyond its cap a unit is left alone.
 *
 * @param scores of the images, capped
 * @param given betas that are given; NaN where one is to be found
 * @param goals mean scores wanted; NaN where beta is given
 * @param targets the same for people; null where beta is given
 * @param units what a miss is measured in: {@link Aim#missUnit} or, for a unit that is held, the
 *     standard deviation of the corpus
 */
record JointAim(
    JointScores scores, double[] given, double[] goals, List<Target> targets, double[] units) {

  /** Share of a level by which a mean may miss it and count as there. */
  private static final double TOLERANCE = 0.05;

  private static final double LIKELY = 0.5;

  /**
   * Reads the spec's aims against the corpus' scores, on the corpus.
   *
   * @throws IllegalArgumentException if a cap is not above the level wanted
   */
  static JointAim of(CompositionSpec spec, JointScores corpus) {
    double[] natural =
        IntStream.range(0, corpus.units()).mapToDouble(k -> corpus.unit(k).mean()).toArray();
    return of(spec, corpus, natural, capped(spec.units(), corpus));
  }

  /**
   * The same on a pool's images.
   *
   * @param pool its scores, capped: what is held stays at their means
   */
  static JointAim of(CompositionSpec spec, JointScores corpus, JointScores pool) {
    return of(spec, corpus, pool.tilted(new double[pool.units()]).means(), pool);
  }

  /**
   * The same.
   *
   * @param natural mean of each unit, to hold it there
   * @param tilted the images' scores, capped
   * @throws IllegalArgumentException if a cap is not above the level wanted
   */
  private static JointAim of(
      CompositionSpec spec, JointScores corpus, double[] natural, JointScores tilted) {
    List<ComposedUnit> units = spec.units();
    int n = units.size();
    double[] given = new double[n];
    double[] goals = new double[n];
    double[] misses = new double[n];
    Target[] targets = new Target[n];
    for (int k = 0; k < n; k++) {
      ComposedUnit unit = units.get(k);
      ScoreSample sample = corpus.unit(k);
      given[k] = unit.isAimed() ? Double.NaN : unit.beta();
      goals[k] = Double.NaN;
      misses[k] = 1;
      if (unit.isAimed()) {
        targets[k] =
            unit.hold()
                ? Aim.complete(Target.activation(natural[k]), sample)
                : Aim.complete(unit.target(), sample);
        goals[k] = targets[k].activation();
        misses[k] = unit.hold() ? Aim.deviation(sample) : Aim.missUnit(goals[k], sample);
        if (unit.cap() != null && unit.cap() <= goals[k]) {
          throw new IllegalArgumentException(
              "unit '%s': a score capped at %s cannot have mean %s: give cap above it, or activation=M or percentile=P below"
                  .formatted(unit.unit(), unit.cap(), goals[k]));
        }
      }
    }
    JointAim aim = new JointAim(tilted, given, goals, Arrays.asList(targets), misses);
    if (aim.isWanted()) {
      units.forEach(unit -> requireSpread(unit, tilted.unit(units.indexOf(unit))));
    }
    return aim;
  }

  private static void requireSpread(ComposedUnit unit, ScoreSample scores) {
    if (scores.min() == scores.max()) {
      throw new IllegalArgumentException(
          "unit '%s' has the score %s on all %d images%s: no tilt changes its mean, so leave it out%s"
              .formatted(
                  unit.unit(),
                  scores.min(),
                  scores.size(),
                  unit.cap() == null ? "" : " once capped at " + unit.cap(),
                  unit.cap() == null ? "" : " or give a higher cap"));
    }
  }

  JointBetaSearch search() {
    return new JointBetaSearch(scores, given, goals, units);
  }

  /** Whether there are betas to be found. */
  boolean isWanted() {
    return Arrays.stream(given).anyMatch(Double::isNaN);
  }

  /** Whether the units' means are the wanted ones. */
  boolean isMet(double... means) {
    return IntStream.range(0, given.length)
        .filter(k -> Double.isNaN(given[k]))
        .allMatch(k -> Math.abs(means[k] - goals[k]) <= TOLERANCE * units[k]);
  }

  /** The same but for chance: nearer than half an error it alone decides. */
  boolean isMet(List<Estimate> means) {
    return IntStream.range(0, given.length)
        .filter(k -> Double.isNaN(given[k]))
        .allMatch(
            k ->
                Math.abs(means.get(k).value() - goals[k])
                    <= Math.max(TOLERANCE * units[k], chance(means.get(k))));
  }

  /** None where nothing is known of it, as of particles of one family. */
  private static double chance(Estimate mean) {
    double error = mean.standardError();
    return Double.isFinite(error) ? LIKELY * error : 0;
  }

  /** A pilot of images with these scores, one row per image, capped. */
  static JointPilot pilot(double[] betas, double[][] scores) {
    return new JointPilot(
        Arrays.stream(betas).boxed().toList(),
        IntStream.range(0, betas.length)
            .mapToObj(k -> Arrays.stream(scores).mapToDouble(row -> row[k]).average().orElseThrow())
            .toList());
  }

  private static JointScores capped(List<ComposedUnit> units, JointScores scores) {
    double[] caps =
        units.stream()
            .mapToDouble(unit -> unit.cap() == null ? Double.POSITIVE_INFINITY : unit.cap())
            .toArray();
    return scores.atMost(caps);
  }
}
