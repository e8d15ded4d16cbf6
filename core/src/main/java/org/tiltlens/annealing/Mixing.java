package org.tiltlens.annealing;

import java.util.Optional;

/**
 * Whether a run's particles may pass for samples of its tilt, as far as they themselves can tell:
 * modes that no particle ever saw are missed by all.
 *
 * @param mixed whether nothing speaks against it
 * @param why not, in one line, with what to raise; else what was looked at
 */
public record Mixing(boolean mixed, String why) {
  /** Below, a handful of families are all that errors are made from. */
  private static final int FEWEST_ANCESTORS = 10;

  /** Below, the pool's own weights are no number to compare with. */
  static final int FEWEST_EFFECTIVE = 30;

  /** Of particles that were drawn from a pool at the goal. */
  static Mixing drawn(double ess) {
    return ess >= FEWEST_ANCESTORS
        ? new Mixing(true, "drawn from %.0f effective paths of the pool".formatted(ess))
        : not(
            "drawn from only %.0f effective paths of the pool: give a larger pool, or more particles"
                .formatted(ess));
  }

  /** What speaks against a run, the gravest first. */
  static Mixing of(AnnealedCloud cloud, Course course) {
    int ancestors = cloud.ancestors();
    if (ancestors < Math.min(FEWEST_ANCESTORS, cloud.size() / 2)) {
      return not(
          "%d particles descend from %d paths of the pool: give a larger pool or more particles"
              .formatted(cloud.size(), ancestors));
    }
    if (!course.isParted(cloud)) {
      return not(
          "%d particles are %d different paths: raise the last rung's moves"
              .formatted(cloud.size(), cloud.distinct()));
    }
    if (course.isParting(cloud)) {
      return drawn(cloud.last().ess());
    }
    if (course.isRising(cloud)) {
      return not("the last moves still took the mean farther: raise the last rung's moves");
    }
    Optional<Rung> stuck = cloud.rungs().stream().filter(course::isStuck).findFirst();
    return stuck
        .map(
            rung ->
                not(
                    "%d moves at beta %.4g did not do for particles to forget where they began: raise the moves of a rung"
                        .formatted(rung.moves().size(), rung.beta())))
        .orElseGet(
            () ->
                cloud.told()
                    ? drawn(cloud.last().ess())
                    : new Mixing(
                        true,
                        "%d ancestors, %d different paths of %d, a mean that stays"
                            .formatted(ancestors, cloud.distinct(), cloud.size())));
  }

  static Mixing not(String why) {
    return new Mixing(false, why);
  }
}
