package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.BetaSearch;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Lanes;

/**
 * Finds the beta whose samples have the wanted mean score: the corpus' own, corrected by pilot runs
 * of the sampler itself ({@link BetaSearch}).
 *
 * <p>Pilot images have sample numbers of their own, beyond those of any run, and the same noise at
 * every beta. What is drawn is kept on disk, so a killed calibration goes on where it stopped.
 */
final class Calibration {
  /** Share of the activation that counts as reached. */
  private static final double TOLERANCE = 0.03;

  private final StudySpec spec;
  private final Models models;
  private final RunFolder run;
  private final Walk walk;

  Calibration(StudySpec spec, Models models, RunFolder run, Walk walk) {
    this.spec = spec;
    this.models = models;
    this.run = run;
    this.walk = walk;
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
  Aim aim(Lanes lanes, Progress.Task task) throws IOException {
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
      Pilot pilot = pilot(round, search.next(pilots), lanes, task);
      pilots.add(pilot);
      reached = search.isReached(pilot, tolerance);
    }
    long steps = models.prior().schedule().steps();
    task.advance(units(spec, steps) - steps * pilots.size() * images());
    double beta = reached ? pilots.get(pilots.size() - 1).beta() : search.next(pilots);
    return new Aim(beta, target, search.first(), pilots);
  }

  private int images() {
    return spec.pilots() == null ? 0 : spec.pilots().images();
  }

  private Pilot pilot(int round, double beta, Lanes lanes, Progress.Task task) {
    GuidedSampler sampler = models.sampler(spec, beta);
    List<Double> scores =
        lanes.map(
            images(),
            image ->
                score(
                    sampler,
                    run.state("pilot-" + round + "-" + image + ".safetensors"),
                    image,
                    task));
    return Pilot.of(beta, scores.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** The score of one image, drawn one at a time so that no batch decides its bits. */
  private double score(GuidedSampler sampler, Path file, int image, Progress.Task task) {
    try (Trajectory drawn =
        walk.finish(
            new Course.Guided(
                sampler, spec.seed(), List.of(StudySpec.MAX_COUNT + image), models.device()),
            file,
            task)) {
      TrajectoryFile.write(file, drawn);
      return models.score(drawn.x());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
