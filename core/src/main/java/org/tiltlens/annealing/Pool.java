package org.tiltlens.annealing;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.tiltlens.torch.Batching;

/**
 * Unguided paths of a prior that runs start from, shared by all units.
 *
 * @param energies what is tilted, of each path's image
 * @param paths copies of some of them, in this order and as often as named, for the caller to close
 */
public record Pool(double[] energies, Some paths) {
  /** Fetches, or draws again, some of the paths. */
  @FunctionalInterface
  public interface Some {
    Paths of(int... indices);
  }

  /** Scores paths of the prior, which are drawn again from the seed whenever they are wanted. */
  public static Pool drawn(PathSampler sampler, long seed, int size, Batching batching) {
    double[] scores =
        batching
            .map(
                size,
                (first, count) -> {
                  try (Paths some =
                      sampler.draw(seed, IntStream.range(first, first + count).toArray())) {
                    return sampler.scores(some);
                  }
                })
            .stream()
            .flatMapToDouble(Arrays::stream)
            .toArray();
    return new Pool(sampler.objective().of(scores), rows -> sampler.draw(seed, rows));
  }

  /** Some consecutive paths, as a pool of their own. */
  public Pool part(int first, int count) {
    return new Pool(
        Arrays.copyOfRange(energies, first, first + count),
        rows -> paths.of(Arrays.stream(rows).map(row -> first + row).toArray()));
  }

  /** Number of paths. */
  public int size() {
    return energies.length;
  }
}
