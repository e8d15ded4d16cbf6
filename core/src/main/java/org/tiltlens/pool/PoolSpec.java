package org.tiltlens.pool;

import java.util.Map;
import java.util.Objects;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

/**
 * Which paths of which prior: path i of a seed is the same in a pool of any size.
 *
 * @param prior checkpoint of the diffusion model
 * @param priorOptions what its file cannot tell; see {@link ModelFiles}
 * @param steps the prior's steps
 * @param count how many paths
 * @param seed names their noise, together with each path's number
 */
public record PoolSpec(
    String prior, Map<String, String> priorOptions, StepsSpec steps, int count, long seed) {
  /** Of pools that nobody says anything else of. */
  public static final long USUAL_SEED = 0;

  /** Most paths of a pool: their names in its zip have room for no more. */
  static final int MOST = 10_000_000;

  public PoolSpec {
    if (prior == null) {
      throw new SpecException("no diffusion prior: give {prior}, a file or folder");
    }
    Objects.requireNonNull(steps, "steps");
    priorOptions = priorOptions == null ? Map.of() : Map.copyOf(priorOptions);
    Bounds.within("count", count, 1, MOST);
  }

  /** Paths of a bundle's prior, with the steps that the bundle takes. */
  public static PoolSpec of(Bundle bundle, int count) {
    return new PoolSpec(
        bundle.models().prior(),
        bundle.models().priorOptions(),
        bundle.manifest().steps(),
        count,
        USUAL_SEED);
  }

  /** The same with another number of paths, the first of which are the same. */
  public PoolSpec withCount(int paths) {
    return new PoolSpec(prior, priorOptions, steps, paths, seed);
  }

  /** The same with other noise. */
  public PoolSpec withSeed(long other) {
    return new PoolSpec(prior, priorOptions, steps, count, other);
  }

  /** The same with other steps of the prior; see {@link StepsSpec}. */
  public PoolSpec withRespacing(String taken) {
    return new PoolSpec(prior, priorOptions, steps.withRespacing(taken), count, seed);
  }
}
