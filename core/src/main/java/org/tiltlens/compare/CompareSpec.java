package org.tiltlens.compare;

import java.util.List;
import java.util.Map;
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
 * @param respacing sampling steps of tilt and twisted, such as {@code 50}
 * @param settings of methods, {@code METHOD.NAME} -> value, that differ from the defaults
 * @param network TorchScript file in whose features sets of images are compared; null for the
 *     vision model's own pooled token
 * @param reference images of a reference set drawn by soft retrieval, at least 10
 * @param seed seed of all noise
 */
public record CompareSpec(
    String bundle,
    List<Integer> features,
    List<Method> methods,
    int count,
    Target target,
    Pilots pilots,
    int particles,
    String respacing,
    Map<String, String> settings,
    String network,
    int reference,
    long seed) {
  private static final int LEAST_REFERENCE = 10;

  public CompareSpec {
    features = List.copyOf(features);
    methods = List.copyOf(methods);
    settings = Map.copyOf(settings);
    each("feature", features);
    each("method", methods);
    Bounds.within("count", count, 2, Bounds.MAX_COUNT);
    Bounds.within("particles", particles, Math.max(2, count), Bounds.MAX_PARTICLES);
    Bounds.within("reference", reference, LEAST_REFERENCE, Bounds.MAX_COUNT);
  }

  private static void each(String what, List<?> all) {
    if (all.isEmpty() || all.stream().distinct().count() < all.size()) {
      throw new IllegalArgumentException(
          "illegal " + what + "s: " + all + ", must be at least one, each once");
    }
  }

  /** A feature as a unit. */
  public static String unit(int feature) {
    return "feature:" + feature + "@pre";
  }
}
