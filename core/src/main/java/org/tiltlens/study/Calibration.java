package org.tiltlens.study;

import java.util.ArrayList;
import java.util.List;
import org.tiltlens.tilting.BetaSearch;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Lanes;

/**
 * Finds the beta whose samples have the wanted mean score: the corpus' own, corrected by pilot runs
 * of the sampler itself ({@link BetaSearch}).
 *
 * <p>Pilots draw the run's own samples, so its mean score is where it was aimed at by construction,
 * the pilot that got there is part of the run already, and what is left of chance is in beta: other
 * noise would reach another mean, by about the pilot's standard error.
 */
final class Calibration {
  /** Share of the activation that counts as reached. */
  private static final double TOLERANCE = 0.03;

  private final StudySpec spec;
  private final Models models;
  private final Trials trials;

  Calibration(StudySpec spec, Models models, Trials trials) {
    this.spec = spec;
    this.models = models;
    this.trials = trials;
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
  Aim aim(Lanes lanes, Progress.Task task) {
    if (spec.target() == null) {
      return Aim.given(spec.beta());
    }
    ScoreSample corpus = models.corpusScores().orElseThrow();
    Target target = Aim.complete(spec.target(), corpus);
    BetaSearch search = new BetaSearch(corpus, target.activation());
    List<Pilot> pilots = new ArrayList<>();
    int rounds = spec.pilots() == null ? 0 : spec.pilots().rounds();
    double tolerance = TOLERANCE * Math.abs(target.activation());
    boolean reached = false;
    for (int round = 0; round < rounds && !reached; round++) {
      double beta = search.next(pilots);
      Pilot pilot = Pilot.of(beta, trials.scores(Trials.pilot(round), beta, images(), lanes, task));
      pilots.add(pilot);
      reached = search.isReached(pilot, tolerance);
    }
    long steps = models.prior().schedule().steps();
    task.advance(units(spec, steps) - steps * pilots.size() * images());
    Integer settled = reached ? pilots.size() - 1 : null;
    double found = reached ? pilots.get(settled).beta() : search.next(pilots);
    return new Aim(found, target, search.first(), pilots, settled);
  }

  private int images() {
    return spec.pilots() == null ? 0 : spec.pilots().images();
  }
}
