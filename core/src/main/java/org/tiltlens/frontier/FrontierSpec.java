package org.tiltlens.frontier;

import java.util.List;
import org.tiltlens.run.Bounds;

/**
 * Which methods to compare on a feature, and at which settings.
 *
 * @param bundle where models and corpus are from, {@code embedded:} or a folder and a slash
 * @param feature index of the dictionary feature, read before its activation function
 * @param betas tilt strengths of the samplers; empty for those of {@link #USUAL_PERCENTILES}
 * @param count images drawn at each setting of a guided sampler, at least 2
 * @param particles particles of the twisted sampler, at least 2; 0 to leave it out
 * @param scales scales of constant guidance; may be empty
 * @param top numbers of images that top-K retrieval keeps; those beyond the corpus are left out
 * @param bestOf numbers of draws of which the best is kept
 * @param respacing sampling steps, such as {@code 50}
 * @param seed seed of all noise
 */
public record FrontierSpec(
    String bundle,
    int feature,
    List<Double> betas,
    int count,
    int particles,
    List<Double> scales,
    List<Integer> top,
    List<Integer> bestOf,
    String respacing,
    long seed) {
  /** Percentiles of the corpus' scores that its tilts reach at the usual betas. */
  public static final List<Double> USUAL_PERCENTILES = List.of(75.0, 90.0, 97.0, 99.5);

  public static final List<Integer> USUAL_TOP = List.of(3000, 1000, 300, 100, 30, 9);
  public static final List<Integer> USUAL_BEST_OF = List.of(2, 4, 8, 16, 32, 64, 128, 256, 512);

  public FrontierSpec {
    betas = List.copyOf(betas);
    scales = List.copyOf(scales);
    top = List.copyOf(top);
    bestOf = List.copyOf(bestOf);
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

  /** The feature as a unit. */
  String unit() {
    return "feature:" + feature + "@pre";
  }
}
