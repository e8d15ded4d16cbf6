package org.tiltlens.synthesis;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.tilting.Clouds;

/**
 * What became of the particles of a twisted run.
 *
 * @param essPerStep effective number of particles at each of the steps + 1 weighings, of several
 *     clouds the sum of what each has by itself
 * @param resampledAt the steps before which particles were resampled, of any cloud
 * @param families how many of the first particles have descendants at the end
 * @param ess effective number of particles at the end, all weighted together
 * @param clouds what each independent cloud says by itself
 */
public record Particles(
    List<Double> essPerStep,
    List<Integer> resampledAt,
    int families,
    double ess,
    List<Cloud> clouds) {
  /** Of the clouds, the share that has to carry the weight for them to agree. */
  private static final double AGREEING = 0.5;

  /**
   * One of several independent clouds.
   *
   * @param logZ log of its own estimate of Z
   * @param meanScore of its own particles
   * @param families how many of its first particles have descendants at the end
   * @param share of the weight of all clouds
   */
  public record Cloud(double logZ, double meanScore, int families, double share) {}

  public Particles {
    // Runs of a release that knew of none name none.
    clouds = clouds == null ? List.of() : List.copyOf(clouds);
  }

  /** What finished clouds tell. */
  public static Particles of(TwistedSamples samples) {
    return new Particles(
        samples.ess(),
        samples.resampled(),
        samples.families(),
        samples.weights().ess(),
        clouds(samples));
  }

  private static List<Cloud> clouds(TwistedSamples samples) {
    int[] of = samples.clouds().stream().mapToInt(Integer::intValue).toArray();
    double[] shares = Clouds.shares(samples.weights(), of);
    double[] weights = samples.weights().values();
    return IntStream.range(0, shares.length)
        .mapToObj(
            cloud -> {
              int[] own = IntStream.range(0, of.length).filter(i -> of[i] == cloud).toArray();
              double sum =
                  Arrays.stream(own).mapToDouble(i -> weights[i] * samples.scores().get(i)).sum();
              return new Cloud(
                  samples.logZ() + Math.log(shares.length * shares[cloud]),
                  sum / shares[cloud],
                  (int) Arrays.stream(own).map(i -> samples.eves().get(i)).distinct().count(),
                  shares[cloud]);
            })
        .toList();
  }

  /**
   * Why the numbers may not be trusted, as a sentence without its stop; null if nothing speaks
   * against it.
   */
  public String doubt() {
    if (clouds.size() < 2) {
      return "A single cloud of particles cannot tell what none of them found";
    }
    double squares = clouds.stream().mapToDouble(cloud -> cloud.share * cloud.share).sum();
    return 1 / squares >= AGREEING * clouds.size()
        ? null
        : "The clouds disagree: of %d one has %.0f %% of the weight"
            .formatted(
                clouds.size(), 100 * clouds.stream().mapToDouble(Cloud::share).max().orElseThrow());
  }
}
