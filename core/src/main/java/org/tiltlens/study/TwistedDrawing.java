package org.tiltlens.study;

import java.io.IOException;
import java.util.List;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.sampling.TwistedRun;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.tilting.Aim;

/**
 * Draws weighted particles, and shows as many of them as images are asked for, picked by weight.
 */
final class TwistedDrawing {
  private final StudySpec spec;
  private final StudyModels models;
  private final Sampling sampling;
  private final Aim aim;
  private final FinishedImages finished;

  TwistedDrawing(
      StudySpec spec, StudyModels models, Sampling sampling, Aim aim, FinishedImages finished) {
    this.spec = spec;
    this.models = models;
    this.sampling = sampling;
    this.aim = aim;
    this.finished = finished;
  }

  /** Draws all particles, or goes on where an earlier process stopped. */
  StudyResult.UnitResult draw(Progress.Task task) throws IOException {
    TwistedRun particles =
        new TwistedRun(models.twistedClouds(spec, aim.beta(), sampling.batching()), sampling);
    try (TwistedSamples samples =
        sampling.stopwatch(Sampling.IMAGES, false).time(task, particles::draw)) {
      int[] picked = samples.picked(spec.seed(), spec.count());
      List<StudyResult.ImageResult> images =
          finished.of(
              image -> particles.particle(samples, picked[image]),
              image -> samples.eves().get(picked[image]),
              sampling.batching(),
              task);
      return finished.result(aim, null, images, Estimates.of(samples), Particles.of(samples), null);
    }
  }
}
