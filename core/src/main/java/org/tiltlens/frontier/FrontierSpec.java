package org.tiltlens.frontier;

import java.util.List;
import java.util.Map;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

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
 * @param form what a step of the prior is; null for ancestral ones, the only ones that have a path
 *     KL and that the twisted sampler weighs
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
    StepsSpec.Form form,
    String respacing,
    long seed,
    Map<String, String> priorOptions) {
  /** Percentiles of the corpus' scores that its tilts reach at the usual betas. */
  public static final List<Double> USUAL_PERCENTILES = List.of(75.0, 90.0, 97.0, 99.5);

  /** Scales of constant guidance, from hardly any to the published one. */
  public static final List<Double> USUAL_SCALES = List.of(0.03, 0.1, 0.3, 1.0);

  /** Particles of the twisted sampler. */
  public static final int USUAL_PARTICLES = 32;

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
    form = form == null ? new StepsSpec.Ddpm() : form;
    if (particles != 0) {
      form.requireAncestral(
          "{particles} " + particles + " of the twisted sampler, which 0 leaves out, weigh");
    }
    if (!scales.isEmpty() && form.looksAround()) {
      throw new SpecException(
          "{form} %s has no place for constant guidance: give no {scales}, or {form} ddpm",
          form.word());
    }
  }

  /** Particles of the twisted sampler that go with a form of steps: none, where it is another. */
  public static int usualParticles(StepsSpec.Form form) {
    return form instanceof StepsSpec.Ddpm ? USUAL_PARTICLES : 0;
  }

  /** Scales of constant guidance that go with a form of steps. */
  public static List<Double> usualScales(StepsSpec.Form form) {
    return form.looksAround() ? List.of() : USUAL_SCALES;
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
        usualParticles(bundle.manifest().form()),
        usualScales(bundle.manifest().form()),
        USUAL_TOP,
        USUAL_BEST_OF,
        bundle.manifest().form(),
        bundle.manifest().respacing(),
        45,
        bundle.told());
  }

  /** The same with given tilts of the samplers. */
  public FrontierSpec withBetas(List<Double> strengths) {
    return with(strengths, exact, pool, count, particles, scales, form, respacing, seed);
  }

  /** The same without samples of the prior's tilt itself, and so without a pool. */
  public FrontierSpec withoutExact() {
    return with(betas, false, pool, count, particles, scales, form, respacing, seed);
  }

  /** The same with exact samples from another pool; null for the usual one. */
  public FrontierSpec withPool(PoolChoice from) {
    return with(betas, true, from, count, particles, scales, form, respacing, seed);
  }

  /** The same with other scales of constant guidance; none to leave it out. */
  public FrontierSpec withScales(List<Double> factors) {
    return with(betas, exact, pool, count, particles, factors, form, respacing, seed);
  }

  /** The same with another number of images at each setting. */
  public FrontierSpec withCount(int images) {
    return with(betas, exact, pool, images, particles, scales, form, respacing, seed);
  }

  /** The same with another number of particles; 0 to leave the twisted sampler out. */
  public FrontierSpec withParticles(int many) {
    return with(betas, exact, pool, count, many, scales, form, respacing, seed);
  }

  /** The same with other steps of the prior. */
  public FrontierSpec withRespacing(String taken) {
    return withSteps(form, taken);
  }

  /**
   * The same with steps of another form.
   *
   * @throws IllegalArgumentException if there are particles or scales that do not go with it
   */
  public FrontierSpec withSteps(StepsSpec.Form other, String taken) {
    return with(betas, exact, pool, count, particles, scales, other, taken, seed);
  }

  /** The same with other noise. */
  public FrontierSpec withSeed(long other) {
    return with(betas, exact, pool, count, particles, scales, form, respacing, other);
  }

  private FrontierSpec with(
      List<Double> strengths,
      boolean samples,
      PoolChoice from,
      int images,
      int many,
      List<Double> factors,
      StepsSpec.Form step,
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
        step,
        taken,
        noise,
        priorOptions);
  }

  /** The feature as a unit. */
  String unit() {
    return "feature:" + feature + "@pre";
  }
}
