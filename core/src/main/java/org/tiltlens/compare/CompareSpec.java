package org.tiltlens.compare;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Bounds;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;

/**
 * Which methods to compare on which features: everything that decides the pictures and numbers.
 *
 * @param bundle where models and corpus are from, {@code embedded:} or a folder and a slash
 * @param features indices of dictionary features, read before their activation function
 * @param methods in the order of the page's columns
 * @param count images of each method for each feature, at least 2
 * @param target mean score that the methods with a strength to set are aimed at
 * @param pilots short runs that find the tilt's beta; null: take the corpus' as it is
 * @param particles of the twisted sampler, at least 2 and at least {@code count}
 * @param pool unguided paths that exact samples start from, and what a judge holds all methods
 *     against; null for {@linkplain PoolChoice#usual the usual ones}
 * @param form what a step of the prior is; null for ancestral ones
 * @param respacing sampling steps of exact, tilt and twisted, such as {@code 50}
 * @param settings of methods, {@code METHOD.NAME} -> value, that differ from the defaults
 * @param measures how what was drawn is measured
 * @param seed seed of all noise
 * @param seeds how many seeds each method draws its images with, {@code seed} and those after it
 * @param priorOptions what the bundle's prior is told in place of what the bundle says, such as
 *     {@code prompt}; may be empty
 */
public record CompareSpec(
    String bundle,
    List<Integer> features,
    List<Method> methods,
    int count,
    Target target,
    Pilots pilots,
    int particles,
    PoolChoice pool,
    StepsSpec.Form form,
    String respacing,
    Map<String, String> settings,
    MeasureSpec measures,
    long seed,
    int seeds,
    Map<String, String> priorOptions) {
  private static final int USUAL_COUNT = 8;
  private static final int MOST_SEEDS = 1000;

  public CompareSpec {
    features = List.copyOf(features);
    methods = List.copyOf(methods);
    form = form == null ? new StepsSpec.Ddpm() : form;
    settings = Map.copyOf(settings);
    priorOptions = priorOptions == null ? Map.of() : Map.copyOf(priorOptions);
    each("feature", features);
    each("method", methods);
    Bounds.within("count", count, 2, Bounds.MAX_COUNT);
    Bounds.within("particles", particles, Math.max(2, count), Bounds.MAX_PARTICLES);
    Bounds.within("seeds", seeds, 1, MOST_SEEDS);
  }

  private static void each(String what, List<?> all) {
    if (all.isEmpty() || all.stream().distinct().count() < all.size()) {
      throw new IllegalArgumentException(
          "illegal " + what + "s: " + all + ", must be at least one, each once");
    }
  }

  /** The usual methods on some of a bundle's features, 8 images each, with the usual pilots. */
  public static CompareSpec of(Bundle bundle, List<Integer> features, Target target) {
    return new CompareSpec(
        bundle.root(),
        features,
        Methods.usual(bundle.manifest().form()),
        USUAL_COUNT,
        target,
        new Pilots(Pilots.USUAL.rounds(), USUAL_COUNT),
        usualParticles(USUAL_COUNT),
        null,
        bundle.manifest().form(),
        bundle.manifest().respacing(),
        Map.of(),
        MeasureSpec.USUAL,
        45,
        1,
        bundle.told());
  }

  /** Four particles an image, 32 or more. */
  public static int usualParticles(int count) {
    return Math.max(32, 4 * count);
  }

  /** The same with other methods, in the order of the page's columns. */
  public CompareSpec withMethods(Method... compared) {
    return new CompareSpec(
        bundle,
        features,
        List.of(compared),
        count,
        target,
        pilots,
        particles,
        pool,
        form,
        respacing,
        settings,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /** The same with another number of images; pilots and particles follow. */
  public CompareSpec withCount(int images) {
    Pilots follow = pilots == null ? null : new Pilots(pilots.rounds(), images);
    return new CompareSpec(
        bundle,
        features,
        methods,
        images,
        target,
        follow,
        usualParticles(images),
        pool,
        form,
        respacing,
        settings,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /**
   * The same with other short runs that find the tilt's beta.
   *
   * @param other null to take the corpus' as it is
   */
  public CompareSpec withPilots(Pilots other) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        other,
        particles,
        pool,
        form,
        respacing,
        settings,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /** The same with another number of particles of the twisted sampler. */
  public CompareSpec withParticles(int many) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        many,
        pool,
        form,
        respacing,
        settings,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /** The same with another pool for exact samples and judges; null for the usual one. */
  public CompareSpec withPool(PoolChoice other) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        particles,
        other,
        form,
        respacing,
        settings,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /** The same with other steps of the prior. */
  public CompareSpec withRespacing(String taken) {
    return withSteps(form, taken);
  }

  /** The same with steps of another form. */
  public CompareSpec withSteps(StepsSpec.Form step, String taken) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        particles,
        pool,
        step,
        taken,
        settings,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /** The same with settings of methods that differ from the defaults, {@code METHOD.NAME}. */
  public CompareSpec withSettings(Map<String, String> own) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        particles,
        pool,
        form,
        respacing,
        own,
        measures,
        seed,
        seeds,
        priorOptions);
  }

  /** The same measured in another way. */
  public CompareSpec withMeasures(MeasureSpec other) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        particles,
        pool,
        form,
        respacing,
        settings,
        other,
        seed,
        seeds,
        priorOptions);
  }

  /** The same with other noise. */
  public CompareSpec withSeed(long other) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        particles,
        pool,
        form,
        respacing,
        settings,
        measures,
        other,
        seeds,
        priorOptions);
  }

  /** The same drawn with so many seeds. */
  public CompareSpec withSeeds(int many) {
    return new CompareSpec(
        bundle,
        features,
        methods,
        count,
        target,
        pilots,
        particles,
        pool,
        form,
        respacing,
        settings,
        measures,
        seed,
        many,
        priorOptions);
  }

  /** The same of a prior that is told something else, such as {@code prompt}. */
  public CompareSpec withPriorOptions(Map<String, String> told) {
    return new CompareSpec(
        bundle, features, methods, count, target, pilots, particles, pool, form, respacing,
        settings, measures, seed, seeds, told);
  }

  /** The settings of one method, without its name. */
  Map<String, String> settings(Method method) {
    String prefix = method.key() + ".";
    return settings.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .collect(
            Collectors.toMap(
                entry -> entry.getKey().substring(prefix.length()), Map.Entry::getValue));
  }

  /** A feature as a unit. */
  public static String unit(int feature) {
    return "feature:" + feature + "@pre";
  }
}
