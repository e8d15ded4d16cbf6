package org.tiltlens.study;

import java.util.List;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Mixing;
import org.tiltlens.annealing.Pool;
import org.tiltlens.annealing.Rung;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.ScoreSample;

/**
 * How exact samples were had.
 *
 * @param poolPaths unguided paths that they started from
 * @param poolEss effective number of these at the run's beta
 * @param poolLogZ what the pool's weights alone say of log Z; absent where these rest on too few of
 *     its paths, and where they are the run's own estimate
 * @param particles how many were annealed, or drawn from the pool
 * @param ancestors how many paths of the pool they descend from
 * @param distinct how many different paths they are
 * @param mixing whether they may pass for samples of the tilt, and why
 * @param evaluations of the prior's network, those of its pool left out; a way back counts as two
 * @param rungs the tilts on the way, the last one theirs, and what was accepted at each
 */
public record AnnealedReport(
    int poolPaths,
    double poolEss,
    Estimated poolLogZ,
    int particles,
    int ancestors,
    int distinct,
    Mixing mixing,
    long evaluations,
    List<Rung> rungs) {
  /** Effective paths below which a pool's weights give rough numbers. */
  private static final int FEW = 30;

  public AnnealedReport {
    rungs = rungs == null ? List.of() : List.copyOf(rungs);
  }

  /** Whether the numbers are those of particles on the way from tilt to tilt, not the pool's. */
  public boolean isOnTheWay() {
    return rungs.stream().mapToDouble(Rung::beta).distinct().count() > 1;
  }

  /** What the numbers rest on where they are the pool's; null where they are of particles. */
  public Double effectivePaths() {
    return isOnTheWay() ? null : poolEss;
  }

  /** Whether the numbers are the pool's and rest on few of its paths. */
  public boolean restsOnFew() {
    return poolEss < FEW && !isOnTheWay();
  }

  /** What a reader has to know of them, as a sentence without its stop; null if nothing. */
  public String caveat() {
    if (doubt() != null) {
      return "May not pass for samples of the tilt: " + doubt();
    }
    return restsOnFew()
        ? ("The numbers rest on %.0f effective paths of the pool and are rough: a larger pool tells"
                + " more")
            .formatted(poolEss)
        : null;
  }

  /** Why they may not pass for samples of the tilt; null if nothing speaks against it. */
  public String doubt() {
    return mixing.mixed() ? null : mixing.why();
  }

  /**
   * Of samples.
   *
   * @param from where they started
   * @param evaluations of the prior's network, those of its pool left out
   */
  public static AnnealedReport of(AnnealedSamples samples, Pool from, long evaluations) {
    return new AnnealedReport(
        from.size(),
        ScoreSample.of(from.energies()).tilted(samples.beta()).ess(),
        samples.estimator().annealed() && samples.weighted() != null
            ? Estimated.of(
                samples.weighted().logZ(),
                "importance weights of %d pool paths".formatted(from.size()))
            : null,
        samples.size(),
        samples.ancestors(),
        samples.distinct(),
        samples.mixing(),
        evaluations,
        samples.rungs());
  }
}
