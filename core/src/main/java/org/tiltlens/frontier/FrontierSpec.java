package org.tiltlens.frontier;

import java.util.List;
import java.util.Map;
import org.tiltlens.models.Bundle;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Bounds;

/**
 * Which methods to compare on a feature, and at which settings.
 *
 * @param bundle where models and corpus are from, {@code embedded:} or a folder and a slash
 * @param feature index of the dictionary feature, read before its activation function
 * @param betas tilt strengths of the samplers; empty for those of {@link #USUAL_PERCENTILES}
 * @param exact whether the prior's tilt is drawn from itself
 * @param pool unguided paths that exact samples start from; null for {@linkplain PoolChoice#usual
 *     the usual ones}
 * @param count images drawn at each setting of a guided sampler, at least 2
 * @param particles particles of the twisted sampler, at least 2; 0 to leave it out
 * @param scales scales of constant guidance; may be empty
 * @param top numbers of images that top-K retrieval keeps; those beyond the corpus are left out
 * @param bestOf numbers of draws of which the best is kept
 * @param respacing sampling steps, such as {@code 50}
 * @param seed seed of all noise
 * @param priorOptions what the bundle's prior is told in place of what the bundle says, such as
 *     {@code prompt}; may be empty
 */
public record FrontierSpec(
    String bundle,
    int feature,
    List<Double> betas,
    boolean exact,
    PoolChoice pool,
    int count,
    int particles,
    List<Double> scales,
    List<Integer> top,
    List<Integer> bestOf,
    String respacing,
    long seed,
    Map<String, String> priorOptions) {
  /** Percentiles of the corpus' scores that its tilts reach at the usual betas. */
  public static final List<Double> USUAL_PERCENTILES = List.of(75.0, 90.0, 97.0, 99.5);

  /** Scales of constant guidance, from hardly any to the published one. */
  public static final List<Double> USUAL_SCALES = List.of(0.03, 0.1, 0.3, 1.0);

  public static final List<Integer> USUAL_TOP = List.of(3000, 1000, 300, 100, 30, 9);
  public static final List<Integer> USUAL_BEST_OF = List.of(2, 4, 8, 16, 32, 64, 128, 256, 512);

  public FrontierSpec {
    betas = List.copyOf(betas);
    scales = List.copyOf(scales);
    top = List.copyOf(top);
    bestOf = List.copyOf(bestOf);
    priorOptions = priorOptions == null ? Map.of() : Map.copyOf(priorOptions);
    finite("beta", betas);
    finite("scale", scales);
    Bounds.within("count", count, 2, Bounds.MAX_COUNT);
    if (particles != 0 && (particles < 2 || particles > Bounds.MAX_COUNT)) {
      throw new IllegalArgumentException(
          "illegal particles: "
              + particles
              + ", must be in 2.."
              + Bounds.MAX_COUNT
              + ", or 0 for no twisted sampler");
    }
  }

  private static void finite(String name, List<Double> values) {
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            "illegal " + name + ": " + value + ", must be a finite number");
      }
    }
    if (values.stream().distinct().count() < values.size()) {
      throw new IllegalArgumentException(
          "illegal " + name + "s: " + values + ", each may stand there once");
    }
  }

  /** The usual frontier of one of a bundle's features. */
  public static FrontierSpec of(Bundle bundle, int feature) {
    return new FrontierSpec(
        bundle.root(),
        feature,
        List.of(),
        true,
        null,
        12,
        32,
        USUAL_SCALES,
        USUAL_TOP,
        USUAL_BEST_OF,
        bundle.manifest().respacing(),
        45,
        bundle.told());
  }

  /** The same with given tilts of the samplers. */
  public FrontierSpec withBetas(List<Double> strengths) {
    return with(strengths, exact, pool, count, particles, scales, respacing, seed);
  }

  /** The same without samples of the prior's tilt itself, and so without a pool. */
  public FrontierSpec withoutExact() {
    return with(betas, false, pool, count, particles, scales, respacing, seed);
  }

  /** The same with exact samples from another pool; null for the usual one. */
  public FrontierSpec withPool(PoolChoice from) {
    return with(betas, true, from, count, particles, scales, respacing, seed);
  }

  /** The same with other scales of constant guidance; none to leave it out. */
  public FrontierSpec withScales(List<Double> factors) {
    return with(betas, exact, pool, count, particles, factors, respacing, seed);
  }

  /** The same with another number of images at each setting. */
  public FrontierSpec withCount(int images) {
    return with(betas, exact, pool, images, particles, scales, respacing, seed);
  }

  /** The same with another number of particles; 0 to leave the twisted sampler out. */
  public FrontierSpec withParticles(int many) {
    return with(betas, exact, pool, count, many, scales, respacing, seed);
  }

  /** The same with other steps of the prior. */
  public FrontierSpec withRespacing(String taken) {
    return with(betas, exact, pool, count, particles, scales, taken, seed);
  }

  /** The same with other noise. */
  public FrontierSpec withSeed(long other) {
    return with(betas, exact, pool, count, particles, scales, respacing, other);
  }

  private FrontierSpec with(
      List<Double> strengths,
      boolean samples,
      PoolChoice from,
      int images,
      int many,
      List<Double> factors,
      String taken,
      long noise) {
    return new FrontierSpec(
        bundle,
        feature,
        strengths,
        samples,
        from,
        images,
        many,
        factors,
        top,
        bestOf,
        taken,
        noise,
        priorOptions);
  }

  /** The feature as a unit. */
  String unit() {
    return "feature:" + feature + "@pre";
  }
}
