package org.tiltlens.annealing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Samples of q_beta by sequential Monte Carlo over the tilt: particles drawn from a pool of the
 * prior's paths are reweighted from rung to rung, resampled, and moved by Metropolis steps that
 * keep the rung's tilt.
 *
 * <pre>
 *   pi_b(x_T .. x_0) ∝ p(x_T .. x_0) exp(b s(x_0))
 *   log Z(b') - log Z(b) = log mean exp((b' - b) s)       b' where the ESS is a stated share
 *   accept x' with min(1, exp(b (s' - s)))
 * </pre>
 *
 * <p>Sources: Del Moral, Doucet and Jasra 2006; Zhou, Johansen and Aston 2016 (how far a rung
 * reaches). A rung moves on until its particles have forgotten where they began, the last one until
 * its copies have parted and the mean stays.
 *
 * <p>Where the pool is believed at the goal, particles are drawn from it there, and estimates are
 * the pool's. Then they are moved until copies have parted, and where many are copies of few paths,
 * until these are forgotten; all of them, and not the copies alone, as these are the high scores.
 *
 * <p>Errors are genealogical, so they are worth as much as there are ancestors; where a rung's
 * moves are hardly accepted, its particles lag behind the tilt and the mean score comes out too
 * low, which {@link Mixing} says as far as the particles can tell.
 *
 * <p>How many moves a rung gets depends on how many were accepted there: a bias that vanishes as
 * the particles grow in number, as that of all adaptive samplers of this kind.
 *
 * <p>A pure function of (seed, pool): noise is named by the move's and the particle's numbers, and
 * all else is arithmetic in double precision, so lanes change no bit.
 *
 * @param paths draws paths and proposals, and has the score s
 * @param goal where to end
 * @param settings how many particles, rungs and moves
 * @param batching how the particles go through prior and score
 */
public record Annealing(PathSampler paths, Goal goal, Settings settings, Batching batching) {
  private static final long RESAMPLING_STREAM = -3;

  /** In deviations of a pool's scores: paths of another seed are one off. */
  private static final double MOST_OFF = 0.3;

  /** A run that needs more does not get anywhere. */
  private static final int MOST_RUNGS = 1000;

  /** A draw for resampling that no rung uses. */
  static final long AFTER_ALL_RUNGS = MOST_RUNGS + 1;

  /**
   * How a run is made.
   *
   * @param particles N, at least 2
   * @param ess share of the particles that a rung leaves effective, in (0, 1)
   * @param moves at each rung on the way, 0 for none
   * @param lastMoves at the last rung, at least as many
   * @param patience up to how many times as many where few are accepted, at least 1
   * @param guided beta of guided branches as a share of the rung's; 0 for none
   * @param believed effective paths of the pool at the goal from which on its own weights draw the
   *     particles there, at least 1
   */
  public record Settings(
      int particles,
      double ess,
      int moves,
      int lastMoves,
      int patience,
      double guided,
      double believed) {
    /** So thorough that estimates are what errors say, at KL up to about 5 nats. */
    public static Settings usual(int particles) {
      return new Settings(particles, 0.6, 5, 9, 16, 0, 2.0 * particles);
    }

    public Settings {
      if (particles < 2 || moves < 0 || lastMoves < moves || patience < 1) {
        throw new IllegalArgumentException(
            ("%d particles with %d moves a rung and %d at the last, up to %d times as many:"
                    + " expected at least 2, 0, as many as before, and 1")
                .formatted(particles, moves, lastMoves, patience));
      }
      if (!(ess > 0 && ess < 1)) {
        throw new IllegalArgumentException(
            "effective share of the particles: " + ess + ", must be between 0 and 1");
      }
      if (!(believed >= 1)) {
        throw new IllegalArgumentException(
            "effective paths from which on a pool is believed: "
                + believed
                + ", must be at least 1");
      }
    }
  }

  /** From a pool to samples; the caller closes the result. */
  public AnnealedSamples run(long seed, Pool pool) {
    AnnealedCloud cloud = start(seed, pool);
    while (!isDone(cloud)) {
      cloud = advance(cloud);
    }
    return finish(cloud, pool);
  }

  /** Particles drawn from the pool at the first rung; the caller closes the result. */
  public AnnealedCloud start(long seed, Pool pool) {
    int n = settings.particles;
    First begin = first(seed, pool);
    int[] drawn = begin.drawn;
    Paths own = fetched(pool, drawn);
    List<Double> scores;
    try {
      scores =
          batching.map(n, (first, count) -> scores(own, first, count)).stream()
              .flatMapToDouble(Arrays::stream)
              .boxed()
              .toList();
      requireOf(pool, drawn, scores);
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
    return new AnnealedCloud(
        seed,
        own,
        scores,
        Arrays.stream(drawn).boxed().toList(),
        Arrays.stream(drawn).mapToObj(Long::valueOf).toList(),
        begin.logZ,
        List.of(new Rung(begin.beta, begin.ess, List.of())),
        0,
        begin.told);
  }

  /** Paths that are drawn again have to end in the pool's own images, but for their rounding. */
  private void requireOf(Pool pool, int[] drawn, List<Double> scores) {
    double[] again =
        paths.objective().of(scores.stream().mapToDouble(Double::doubleValue).toArray());
    double[] off = new double[drawn.length];
    Arrays.setAll(off, i -> Math.abs(again[i] - pool.energies()[drawn[i]]));
    double half = ScoreSample.of(off).scoreAt(50);
    double deviation = Aim.deviation(ScoreSample.of(pool.energies()));
    if (half > MOST_OFF * deviation) {
      throw new IllegalArgumentException(
          "the pool's images are not those of its seed: drawn again, half of its paths score more than %.3g off, where the pool's scores spread by %.3g: draw another pool"
              .formatted(half, deviation));
    }
  }

  /**
   * The first rung.
   *
   * @param ess effective number of the pool's paths there
   * @param drawn which of them the particles begin as
   * @param told whether it is at the goal, as the pool is believed there
   */
  private record First(double beta, double logZ, double ess, int[] drawn, boolean told) {
    int different() {
      return (int) Arrays.stream(drawn).distinct().count();
    }
  }

  private First first(long seed, Pool pool) {
    double beta = course().first(pool.energies());
    double[] logFactors = times(pool.energies(), beta);
    LogWeights uniform = LogWeights.uniform(pool.size());
    LogWeights weights = uniform.times(logFactors);
    return new First(
        beta,
        uniform.logMean(logFactors),
        weights.ess(),
        weights.systematic(pool.energies(), uniform(seed, 0), settings.particles),
        isTold(pool));
  }

  /** Whether the pool is believed at the goal. */
  public boolean isTold(Pool pool) {
    return course().isBelieved(ScoreSample.of(pool.energies()));
  }

  /** The goal's tilt by the pool's weights; empty where these are not believed. */
  public OptionalDouble told(Pool pool) {
    return isTold(pool)
        ? OptionalDouble.of(course().first(pool.energies()))
        : OptionalDouble.empty();
  }

  /** How many of the pool's paths the particles begin as. */
  public int begun(long seed, Pool pool) {
    return first(seed, pool).different();
  }

  /**
   * The paths of the pool that are the samples themselves: where it is believed and hardly one is
   * drawn twice, so that nothing is to be moved. Their images are all that is needed of them.
   *
   * @return empty where particles have to be moved
   */
  public Optional<int[]> unmoved(long seed, Pool pool) {
    First first = first(seed, pool);
    return first.told && first.different() == settings.particles
        ? Optional.of(first.drawn)
        : Optional.empty();
  }

  /**
   * The same as samples.
   *
   * @param x their images, taken over
   * @param scores s of each
   */
  public AnnealedSamples unmoved(long seed, Pool pool, Tensor x, List<Double> scores) {
    First first = first(seed, pool);
    return new AnnealedSamples(
        x,
        scores,
        first.beta,
        ScoreSample.of(pool.energies()).tilted(first.beta).estimate(),
        new Estimator(false, 1, settings.particles, pool.size()),
        null,
        Mixing.drawn(first.ess),
        Arrays.stream(first.drawn).boxed().toList(),
        settings.particles,
        List.of(new Rung(first.beta, first.ess, List.of())),
        0);
  }

  /** Each path once, as often as it was drawn. */
  private Paths fetched(Pool pool, int... drawn) {
    int[] different = Arrays.stream(drawn).distinct().sorted().toArray();
    try (Paths once = each(pool, different)) {
      return once.of(
          paths.prior().device(),
          Arrays.stream(drawn).map(path -> Arrays.binarySearch(different, path)).toArray());
    }
  }

  private Paths each(Pool pool, int... drawn) {
    // Also of the groups that are there when another fails.
    Queue<Paths> kept = new ConcurrentLinkedQueue<>();
    try {
      return Paths.joined(
          batching.map(
              drawn.length,
              (first, count) -> {
                Paths part = pool.paths().of(Arrays.copyOfRange(drawn, first, first + count));
                kept.add(part);
                return part;
              }));
    } finally {
      kept.forEach(Paths::close);
    }
  }

  private double[] scores(Paths own, int first, int count) {
    try (Scope scope = Scope.open()) {
      return paths.scores(own.rows(first, count));
    }
  }

  private Course course() {
    return new Course(goal, settings, paths.objective());
  }

  /** Whether the goal is reached and the last rung's moves are made. */
  public boolean isDone(AnnealedCloud cloud) {
    return course().isDone(cloud);
  }

  /** Makes one move of all particles, or goes on to the next rung; closes what it was given. */
  public AnnealedCloud advance(AnnealedCloud now) {
    if (course().isMoved(now)) {
      return reweighted(now);
    }
    MovePlan plan = new MovePlan(paths.levels(), settings.guided);
    PathMove move =
        course().isParting(now) ? plan.parting(now.sweeps()) : plan.next(now.rungs(), now.sweeps());
    return new Metropolis(paths, batching).moved(now, move);
  }

  private AnnealedCloud reweighted(AnnealedCloud now) {
    try (now) {
      if (now.rungs().size() == MOST_RUNGS || course().isInVain(now)) {
        throw new IllegalArgumentException(
            "%s is out of reach: after %d tilts, at beta %.4g, the particles' mean is %.4g and hardly rises: ask for less, or give more particles or moves"
                .formatted(
                    goal,
                    now.rungs().size(),
                    now.beta(),
                    ScoreSample.of(course().energies(now)).mean()));
      }
      double step = course().step(now);
      double[] logFactors = times(course().energies(now), step);
      return resampled(now, now.scores(), now.beta() + step, logFactors);
    }
  }

  /**
   * Goes on from particles of another score's tilt, by one reweighting.
   *
   * @param now stays the caller's
   * @param scores s of each particle
   * @param beta of the tilt gone on to
   * @param logFactors logarithm of that tilt over the particles' own, without the Z
   */
  public AnnealedCloud onward(
      AnnealedCloud now, List<Double> scores, double beta, double... logFactors) {
    return resampled(now, scores, beta, logFactors);
  }

  private AnnealedCloud resampled(
      AnnealedCloud now, List<Double> scores, double beta, double... logFactors) {
    LogWeights before = LogWeights.uniform(now.size());
    LogWeights weights = before.times(logFactors);
    int[] parents = weights.systematic(uniform(now.seed(), now.rungs().size()));
    List<Rung> rungs = new ArrayList<>(now.rungs());
    rungs.add(new Rung(beta, weights.ess(), List.of()));
    return new AnnealedCloud(
        now.seed(),
        now.paths().of(paths.prior().device(), parents),
        of(parents, scores),
        of(parents, now.eves()),
        of(parents, now.labels()),
        now.logZ() + before.logMean(logFactors),
        rungs,
        now.evaluations(),
        false);
  }

  /** Takes over what it was given. */
  public AnnealedSamples finish(AnnealedCloud cloud, Pool pool) {
    try (cloud) {
      Course course = course();
      TiltedScores weights = ScoreSample.of(pool.energies()).tilted(cloud.beta());
      boolean told = cloud.told();
      return new AnnealedSamples(
          Scope.keepForever(cloud.paths().x()),
          cloud.scores(),
          cloud.beta(),
          told ? weights.estimate() : annealed(cloud, pool),
          new Estimator(!told, 1, cloud.size(), pool.size()),
          weights.ess() < Mixing.FEWEST_EFFECTIVE ? null : weights.estimate(),
          Mixing.of(cloud, course),
          cloud.eves(),
          cloud.distinct(),
          cloud.rungs(),
          cloud.evaluations());
    }
  }

  private TiltEstimate annealed(AnnealedCloud cloud, Pool pool) {
    return Genealogy.estimate(
        LogWeights.uniform(cloud.size()),
        cloud.eves().stream().mapToInt(Integer::intValue).toArray(),
        pool.size(),
        course().energies(cloud),
        cloud.beta(),
        cloud.logZ());
  }

  static double uniform(long seed, long draw) {
    try (Scope scope = Scope.open()) {
      return Noise.uniform(seed, RESAMPLING_STREAM, draw, 1).item_double();
    }
  }

  private static double[] times(double[] energies, double factor) {
    return Arrays.stream(energies).map(energy -> factor * energy).toArray();
  }

  private static <T> List<T> of(int[] indices, List<T> values) {
    return IntStream.of(indices).mapToObj(values::get).toList();
  }
}
