package org.tiltlens.study;

import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.feature.Objective;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.tilting.Certificate;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.ThermodynamicIntegration;
import org.tiltlens.tilting.TiltEstimate;

/**
 * What the sampler's means at betas from 0 to the run's say of the tilt: log Z and KL by {@link
 * ThermodynamicIntegration}, and the {@link Certificate} of the run's images.
 *
 * <p>The same noise at every beta, that of the run's own images, which are the last rung.
 *
 * @param betas of the rungs
 * @param tilted per beta and image, what is tilted: the objective of the score
 */
record Ladder(double[] betas, double[][] tilted) {
  private static final String ESTIMATOR =
      "thermodynamic integration over the plug-in sampler's means";

  /** How far {@link #drawn} advances its task. */
  static long units(StudySpec spec, long steps) {
    int below = spec.ladder() == null ? 0 : spec.ladder().below();
    return steps * spec.count() * below;
  }

  /**
   * Draws the rungs below the run's images, or what an earlier process left to do of them.
   *
   * @param beta the run's
   */
  static Ladder drawn(
      StudySpec spec,
      double beta,
      List<StudyResult.ImageResult> images,
      StudyModels models,
      Sampling sampling,
      Progress.Task task) {
    double[] betas = spec.ladder().betas(beta);
    Objective objective = spec.objective();
    double[][] tilted = new double[betas.length][];
    for (int rung = 0; rung < betas.length - 1; rung++) {
      GuidedSampler sampler = models.sampler(spec, betas[rung]);
      tilted[rung] =
          sampling.each("rung-" + rung, sampler, spec.count(), models::scores, task).stream()
              .mapToDouble(score -> objective.of(score)[0])
              .toArray();
    }
    tilted[betas.length - 1] = objective.of(StudyResult.ImageResult.scores(images));
    return new Ladder(betas, tilted);
  }

  /** The betas and the mean scores that they reached. */
  List<Pilot> rungs() {
    return IntStream.range(0, betas.length).mapToObj(i -> Pilot.of(betas[i], tilted[i])).toList();
  }

  /** What the run's images alone told, with log Z and what follows from it. */
  Estimates complete(Estimates alone, List<StudyResult.ImageResult> images) {
    TiltEstimate tilt = ThermodynamicIntegration.ofCommonNoise(betas, tilted);
    return new Estimates(
        alone.meanScore(),
        alone.pathKl(),
        Estimated.of(tilt.kl(), ESTIMATOR),
        Estimated.of(tilt.logZ(), ESTIMATOR),
        alone.pathKl() == null ? null : certificate(StudyResult.ImageResult.pathKls(images)));
  }

  private Estimated certificate(double[] pathKl) {
    int last = betas.length - 1;
    double[] logZ = ThermodynamicIntegration.integrals(betas, tilted);
    Estimate bound = Certificate.bound(pathKl, tilted[last], betas[last], logZ);
    return ToldByPool.certified(bound, "right as far as log Z is");
  }
}
