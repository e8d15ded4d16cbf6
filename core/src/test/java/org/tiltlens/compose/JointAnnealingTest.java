package org.tiltlens.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Paths;
import org.tiltlens.annealing.Pool;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Two linear scores of a normal distribution, whose joint tilts are known. */
class JointAnnealingTest {
  private static final double FREE = Double.NaN;
  private static final int POOL = 512;
  private static final int PARTICLES = 192;

  private static final double[] MEAN = {0.3, -0.5, 0.1, 0.8};
  private static final double[] VARIANCE = {0.9, 0.4, 0.6, 0.25};
  private static final double[][] WEIGHTS = {{0.8, 0.5, -0.3, 0.2}, {-0.2, 0.9, 0.6, 0.7}};

  private final Prior prior = prior();

  private static Prior prior() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("60,20,20");
    try (Scope scope = Scope.open()) {
      return new GaussianPrior(
          schedule, Tensors.doubles(MEAN, 1, 2, 2), Tensors.doubles(VARIANCE, 1, 2, 2));
    }
  }

  @AfterEach
  void close() {
    prior.close();
  }

  private static double dot(double[] a, double... b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private static double covariance(int k, int l) {
    return IntStream.range(0, 4)
        .mapToDouble(i -> WEIGHTS[k][i] * VARIANCE[i] * WEIGHTS[l][i])
        .sum();
  }

  /** E_q[s_k] = w_k' mu + sum_l beta_l w_k' S w_l. */
  private static double mean(int k, double... betas) {
    return dot(WEIGHTS[k], MEAN) + betas[0] * covariance(k, 0) + betas[1] * covariance(k, 1);
  }

  /** log Z = sum_k beta_k w_k' mu + beta' C beta / 2. */
  private static double logZ(double... betas) {
    double z = 0;
    for (int k = 0; k < 2; k++) {
      z += betas[k] * (dot(WEIGHTS[k], MEAN) + mean(k, betas)) / 2;
    }
    return z;
  }

  private PathSampler paths(double... betas) {
    double[] sum =
        IntStream.range(0, 4)
            .mapToDouble(i -> betas[0] * WEIGHTS[0][i] + betas[1] * WEIGHTS[1][i])
            .toArray();
    return PathSampler.of(
        prior,
        new AncestralStep(),
        images -> Tensors.sum(images.mul(Tensors.doubles(sum, 1, 1, 2, 2).to(images)), 1, 2, 3),
        new Objective.Maximize());
  }

  private static double[][] scores(Tensor images) {
    try (Scope scope = Scope.open()) {
      double[] x = Tensors.toDoubles(images.flatten(0, -1));
      return IntStream.range(0, x.length / 4)
          .mapToObj(i -> Arrays.copyOfRange(x, 4 * i, 4 * i + 4))
          .map(each -> new double[] {dot(WEIGHTS[0], each), dot(WEIGHTS[1], each)})
          .toArray(double[][]::new);
    }
  }

  private Annealing annealing(double... betas) {
    return new Annealing(
        paths(betas),
        new Goal.Beta(1),
        Annealing.Settings.usual(PARTICLES),
        Batching.together(PARTICLES));
  }

  private final class Rounds implements JointAnnealing.Rounds {
    private final long seed;
    private final JointScores pool;

    Rounds(long seed, JointScores pool) {
      this.seed = seed;
      this.pool = pool;
    }

    Pool pool(double... betas) {
      return new Pool(pool.combined(betas), rows -> paths(betas).draw(seed, rows));
    }

    private AnnealedCloud moved(AnnealedCloud from, double... betas) {
      AnnealedCloud now = from;
      while (!annealing(betas).isDone(now)) {
        now = annealing(betas).advance(now);
      }
      return now;
    }

    @Override
    public AnnealedCloud first(double... betas) {
      return moved(annealing(betas).start(seed, pool(betas)), betas);
    }

    @Override
    public AnnealedCloud onward(
        AnnealedCloud from, double[] betas, int round, double... logFactors) {
      try (from) {
        List<Double> sums =
            Arrays.stream(JointScores.of(scores(from)).combined(betas)).boxed().toList();
        return moved(annealing(betas).onward(from, sums, 1, logFactors), betas);
      }
    }

    @Override
    public double[][] scores(AnnealedCloud cloud) {
      return JointAnnealingTest.scores(cloud.paths().x());
    }
  }

  private JointScores pool(long seed) {
    try (Paths drawn = paths(0, 0).draw(seed, IntStream.range(0, POOL).toArray())) {
      return JointScores.of(scores(drawn.x()));
    }
  }

  private static JointAim aim(JointScores pool, double[] given, double... goals) {
    Target[] none = new Target[2];
    return new JointAim(pool, given, goals, Arrays.asList(none), new double[] {0.5, 0.5});
  }

  /** A pool's own mean misses what its betas could not reach, however large its error. */
  @Test
  void onlyParticlesMayMissByChance() {
    JointAim aim = aim(pool(3), new double[] {FREE, 0}, 1, FREE);
    assertThat(aim.isMet(1.02, 7)).isTrue();
    assertThat(aim.isMet(1.03, 7)).isFalse();
    assertThat(aim.isMet(List.of(new Estimate(1.1, 0.21), new Estimate(7, 0)))).isTrue();
    assertThat(aim.isMet(List.of(new Estimate(1.1, 0.19), new Estimate(7, 0)))).isFalse();
    Estimate ofOneFamily = new Estimate(1.1, Double.POSITIVE_INFINITY);
    assertThat(aim.isMet(List.of(ofOneFamily, new Estimate(7, 0)))).isFalse();
  }

  /** Farther than any mixture of the pool's paths reaches. */
  @Test
  void meansBeyondThePoolAreReachedAndTheTiltIsTheKnownOne() throws IOException {
    double[] wanted = {2.6, 2.2};
    JointScores scored = pool(3);
    JointAim aim = aim(scored, new double[] {FREE, FREE}, mean(0, wanted), mean(1, wanted));
    double[] first = JointAnnealing.first(aim);
    assertThat(scored.tilted(first).ess()).isCloseTo(16, within(0.1));
    Rounds rounds = new Rounds(3, scored);
    JointAnnealing.Ended end = new JointAnnealing(aim, rounds).run(first);
    assertThat(end.tried().size()).isBetween(2, 7);
    List<Estimate> means = JointAnnealing.means(end.cloud(), POOL, rounds.scores(end.cloud()));
    try (AnnealedSamples samples =
        annealing(end.betas()).finish(end.cloud(), rounds.pool(end.betas()))) {
      for (int k = 0; k < 2; k++) {
        assertThat(end.tried().get(end.tried().size() - 1).means().get(k))
            .isEqualTo(means.get(k).value());
        // A hundred steps of the prior leave out a few percent of the scores' variance.
        assertThat(means.get(k).value())
            .as("%s of %s at %s", means.get(k), mean(k, end.betas()), end.betas())
            .isCloseTo(
                mean(k, end.betas()), within(4 * means.get(k).standardError() + 0.04 * wanted[k]));
        assertThat(means.get(k).value()).isCloseTo(mean(k, wanted), within(0.3));
      }
      Estimate logZ = samples.estimate().logZ();
      double exact = logZ(end.betas());
      assertThat(logZ.value())
          .as("%s of %s", logZ, exact)
          .isCloseTo(exact, within(4 * logZ.standardError() + 0.04 * exact));
      assertThat(samples.estimate().kl().value())
          .isCloseTo(
              dot(end.betas(), means.get(0).value(), means.get(1).value()) - logZ.value(),
              within(1e-3));
    }
  }

  @Test
  void aGivenBetaStaysWhileAnotherIsFound() throws IOException {
    JointScores scored = pool(5);
    double goal = mean(0, 1.8, -1.5);
    JointAim aim = aim(scored, new double[] {FREE, -1.5}, goal, FREE);
    JointAnnealing.Ended end =
        new JointAnnealing(aim, new Rounds(5, scored)).run(JointAnnealing.first(aim));
    try (AnnealedCloud cloud = end.cloud()) {
      assertThat(end.betas()[1]).isEqualTo(-1.5);
      assertThat(end.betas()[0]).isCloseTo(1.8, within(0.4));
      assertThat(end.tried()).allMatch(tried -> tried.betas().get(1) == -1.5);
      assertThat(JointAnnealing.means(cloud, POOL, scores(cloud.paths().x())).get(0).value())
          .isCloseTo(goal, within(0.2));
    }
  }
}
