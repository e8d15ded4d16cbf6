package org.tiltlens.server;

import java.util.List;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.tilting.Target;

/**
 * Methods side by side on a feature of the bundle.
 *
 * @param feature its index
 * @param percentile of the corpus' scores where methods with a strength are aimed; null for {@value
 *     #USUAL_PERCENTILE}
 * @param methods their keys; null for {@link #USUAL}
 * @param count images of each, at least 2; null for {@value #USUAL_COUNT}
 * @param steps of the prior; null for the usual ones
 */
record CompareRequest(
    Integer feature, Double percentile, List<String> methods, Integer count, StepsChoice steps)
    implements JobRequest {
  /** Those that take minutes at most: exact, guided, guided by a constant, and the corpus' own. */
  static final List<String> USUAL = List.of("top_k", "exact", "tilt", "constant_equal_steps");

  static final double USUAL_PERCENTILE = 97;
  static final int USUAL_COUNT = 4;

  @Override
  public Work<CompareSpec> work(Catalogue catalogue, SeenPictures pictures) {
    double level = percentile == null ? USUAL_PERCENTILE : JobRequest.percentile(percentile);
    Integer images = JobRequest.count(count, 2);
    CompareSpec spec =
        CompareSpec.of(
                catalogue.bundle(),
                List.of(JobRequest.feature(catalogue, feature)),
                Target.percentile(level))
            .withCount(images == null ? USUAL_COUNT : images);
    StepsSpec asked =
        JobRequest.steps(catalogue, steps, new StepsChoice.Usual(spec.form(), spec.respacing()));
    return JobRequest.or(
        () -> {
          Method[] compared =
              (methods == null ? USUAL : methods)
                  .stream()
                      .map(Method::of)
                      .filter(method -> methods != null || method.goesWith(asked.form()))
                      .toArray(Method[]::new);
          CompareSpec wanted =
              spec.withMethods(compared).withSteps(asked.form(), asked.respacing());
          Compare.require(wanted, catalogue.bundle());
          return new Work<>(Jobs.COMPARE, wanted);
        });
  }

  /** What is compared, in words. */
  String words(Catalogue catalogue) {
    CompareSpec spec = work(catalogue, null).spec();
    return JobSubject.of(spec, catalogue.usualSteps()).words()
        + (spec.count() == USUAL_COUNT ? ", " + USUAL_COUNT + " images of each" : "");
  }
}
