package org.tiltlens.annealing;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.GaussianMixture;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltEstimate;

/**
 * Prints how often what a pool's weights say of a known tilt is right within two of its standard
 * errors: scores of Gaussian mixtures, whose tails a pool of any size ends short of.
 */
final class PoolCoverage {
  private static final int POOLS = 1000;

  private PoolCoverage() {}

  public static void main(String... none) {
    System.out.println("| prior | KL | paths | effective, median | mean | log Z | KL |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (int[] shape : new int[][] {{16, 3}, {2, 10}}) {
      TiltOracle oracle = TiltOracle.random(shape[0], shape[1], 1);
      try (OracleRuns runs = OracleRuns.of(oracle, "4")) {
        for (double kl : new double[] {1, 1.5, 2.3, 3}) {
          for (int paths : new int[] {2048, 4096}) {
            System.out.printf(
                Locale.ROOT,
                "| %d dimensions, %d modes | %.1f | %d | %s |%n",
                shape[0],
                shape[1],
                kl,
                paths,
                row(oracle, runs.betaOf(kl), paths));
          }
        }
      }
    }
  }

  private static String row(TiltOracle oracle, double beta, int paths) {
    SplittableRandom random = new SplittableRandom(1);
    double[] ess = new double[POOLS];
    TiltEstimate[] found = new TiltEstimate[POOLS];
    for (int pool = 0; pool < POOLS; pool++) {
      double[] scores = new double[paths];
      Arrays.setAll(scores, i -> score(oracle, random));
      ess[pool] = ScoreSample.of(scores).tilted(beta).ess();
      found[pool] = ScoreSample.of(scores).tilted(beta).estimate();
    }
    return String.format(
        Locale.ROOT,
        "%.0f | %s | %s | %s",
        ScoreSample.of(ess).scoreAt(50),
        covered(found, TiltEstimate::mean, oracle.mean(beta)),
        covered(found, TiltEstimate::logZ, oracle.logZ(beta)),
        covered(found, TiltEstimate::kl, oracle.kl(beta)));
  }

  /** Share of the pools, and how far they are off on average. */
  private static String covered(
      TiltEstimate[] found, Function<TiltEstimate, Estimate> of, double exact) {
    long right = Arrays.stream(found).filter(each -> of.apply(each).covers(exact, 2)).count();
    double mean =
        Arrays.stream(found).mapToDouble(each -> of.apply(each).value()).average().orElseThrow();
    return String.format(
        Locale.ROOT, "%.0f %% (%+.1f %%)", 100.0 * right / POOLS, 100 * (mean / exact - 1));
  }

  /** s of an image of the prior. */
  private static double score(TiltOracle oracle, SplittableRandom random) {
    GaussianMixture p = oracle.p();
    double u = random.nextDouble();
    int mode = 0;
    while (mode < p.components() - 1 && u > p.weights()[mode]) {
      u -= p.weights()[mode];
      mode++;
    }
    double score = 0;
    for (int d = 0; d < p.dimensions(); d++) {
      double deviation = Math.sqrt(p.variances()[mode][d]);
      score += oracle.w()[d] * (p.means()[mode][d] + deviation * random.nextGaussian());
    }
    return score;
  }
}
