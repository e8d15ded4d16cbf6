package org.tiltlens.synthesis;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.Clouds;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Independent clouds of a {@link TwistedSampler}'s particles, weighted together; their spread tells
 * what a single cloud cannot, that others went elsewhere.
 *
 * <pre>
 *   Z = mean of Z_r, without bias as each Z_r is        weight of a particle: Z_r W_i
 * </pre>
 *
 * <p>Source: Vergé et al. 2015 (island particle models). Errors are those of {@link Clouds}. Each
 * cloud is a function of (seed, cloud, its size), the first one of (seed, size) alone.
 *
 * @param all the sampler of all particles, which the clouds share out, some with one more
 * @param clouds R, at least 1, with two particles each or more
 */
public record TwistedClouds(TwistedSampler all, int clouds) {
  /** As few as tell a spread that is worth the name. */
  private static final int USUAL = 4;

  /** Far from seeds that people take next to each other. */
  private static final long BETWEEN = 0x9E3779B97F4A7C15L;

  public TwistedClouds {
    if (clouds < 1 || all.particles() < 2 * clouds) {
      throw new IllegalArgumentException(
          "%d particles in %d clouds: expected two in each or more"
              .formatted(all.particles(), clouds));
    }
  }

  /** Into how many clouds particles go where nobody says: four, or fewer of so few particles. */
  public static int usual(int particles) {
    return Math.max(1, Math.min(USUAL, particles / 2));
  }

  /** The sampler of one cloud. */
  public TwistedSampler cloud(int cloud) {
    int more = cloud < all.particles() % clouds ? 1 : 0;
    return all.of(all.particles() / clouds + more);
  }

  /** The seed of one cloud; the first one's is the run's. */
  public static long seed(long seed, int cloud) {
    return seed + cloud * BETWEEN;
  }

  /** From noise to weighted images; the caller closes the result. */
  public TwistedSamples run(long seed) {
    List<TwistedSamples> drawn = new ArrayList<>();
    try {
      for (int cloud = 0; cloud < clouds; cloud++) {
        drawn.add(cloud(cloud).run(seed(seed, cloud)));
      }
      return joined(drawn);
    } finally {
      drawn.forEach(TwistedSamples::close);
    }
  }

  /**
   * All particles together; the caller closes the result.
   *
   * @param drawn one a cloud, in order; they stay the caller's
   */
  public TwistedSamples joined(List<TwistedSamples> drawn) {
    double[] logZs = drawn.stream().mapToDouble(TwistedSamples::logZ).toArray();
    List<Double> logs = new ArrayList<>();
    List<Double> scores = new ArrayList<>();
    List<Integer> eves = new ArrayList<>();
    List<Integer> of = new ArrayList<>();
    for (int cloud = 0; cloud < drawn.size(); cloud++) {
      TwistedSamples one = drawn.get(cloud);
      int before = scores.size();
      for (double log : one.weights().logs()) {
        logs.add(logZs[cloud] + log);
        of.add(cloud);
      }
      scores.addAll(one.scores());
      one.eves().forEach(eve -> eves.add(before + eve));
    }
    LogWeights weights = LogWeights.of(logs.stream().mapToDouble(Double::doubleValue).toArray());
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.cat(drawn.stream().map(TwistedSamples::x).toList(), 0);
      return new TwistedSamples(
          Scope.keepForever(x),
          weights,
          scores,
          Clouds.estimate(
              weights,
              ints(eves),
              ints(of),
              all.tilt().objective().of(scores.stream().mapToDouble(Double::doubleValue).toArray()),
              all.tilt().beta(),
              LogWeights.uniform(drawn.size()).logMean(logZs)),
          summed(drawn),
          drawn.stream().flatMap(one -> one.resampled().stream()).distinct().sorted().toList(),
          eves,
          of);
    }
  }

  /** Effective particles of each cloud by itself, added up. */
  private static List<Double> summed(List<TwistedSamples> drawn) {
    return IntStream.range(0, drawn.get(0).ess().size())
        .mapToObj(step -> drawn.stream().mapToDouble(one -> one.ess().get(step)).sum())
        .toList();
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
