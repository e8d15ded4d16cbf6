package org.tiltlens.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.BetaSearch;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;

/**
 * Finds the beta whose samples have the wanted mean score: the corpus' own, corrected by pilot runs
 * of the sampler itself ({@link BetaSearch}).
 *
 * <p>Pilots draw samples of their own, so the mean score of the run's is out of sample: it differs
 * from the wanted one by the chance of both. That of the pilots is in beta's standard error.
 */
final class Calibration {
  /** Share of {@link Aim#missUnit} by which a pilot may miss the target and count as there. */
  private static final double TOLERANCE = 0.03;

  /**
   * The same once no more pilots may be tried: farther off, an untried beta is the better guess.
   */
  private static final double LAST_TOLERANCE = 0.1;

  private final StudySpec spec;
  private final StudyModels models;
  private final Sampling sampling;

  /**
   * @param sampling {@link Sampling#forPilots for pilots}
   */
  Calibration(StudySpec spec, StudyModels models, Sampling sampling) {
    this.spec = spec;
    this.models = models;
    this.sampling = sampling;
  }

  /** How far {@link #aim} advances its task, at the most. */
  static long units(StudySpec spec, long steps) {
    return spec.target() == null || spec.pilots() == null
        ? 0
        : steps * spec.pilots().rounds() * spec.pilots().images();
  }

  /**
   * The tilt to draw with.
   *
   * @throws IllegalArgumentException if no tilt of the corpus reaches the target
   */
  Aim aim(Progress.Task task) {
    if (spec.target() == null) {
      return Aim.given(spec.beta());
    }
    ScoreSample corpus = models.corpusScores().orElseThrow();
    Target target = Aim.complete(spec.target(), corpus);
    BetaSearch search = new BetaSearch(corpus, target.activation());
    List<Pilot> pilots = new ArrayList<>();
    int rounds = spec.pilots() == null ? 0 : spec.pilots().rounds();
    double unit = Aim.missUnit(target.activation(), corpus);
    Optional<Pilot> settled = Optional.empty();
    for (int round = 0; round < rounds && settled.isEmpty(); round++) {
      double beta = search.next(pilots);
      Pilot pilot = Pilot.of(beta, scores(round, beta, task));
      pilots.add(pilot);
      settled = search.nearest(pilots, TOLERANCE * unit);
    }
    settled = settled.or(() -> search.nearest(pilots, LAST_TOLERANCE * unit));
    long steps = models.prior().schedule().steps();
    task.skip(units(spec, steps) - steps * pilots.size() * images());
    double found = settled.map(Pilot::beta).orElseGet(() -> search.next(pilots));
    OptionalDouble error = search.standardError(found, pilots);
    return new Aim(
        found,
        target,
        search.first(),
        pilots,
        error.isPresent() ? Double.valueOf(error.getAsDouble()) : null);
  }

  private double[] scores(int round, double beta, Progress.Task task) {
    GuidedSampler sampler = models.sampler(spec, beta);
    return sampling.each(Sampling.pilot(round), sampler, images(), models::scores, task).stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }

  private int images() {
    return spec.pilots() == null ? 0 : spec.pilots().images();
  }
}
