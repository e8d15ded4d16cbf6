package org.tiltlens.study;

import java.io.IOException;
import java.util.List;
import org.tiltlens.synthesis.Batching;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.torch.Lanes;

/**
 * Draws weighted particles, and shows as many of them as images are asked for, picked by weight.
 */
final class TwistedDrawing {
  private final StudySpec spec;
  private final Models models;
  private final RunFolder run;
  private final Aim aim;
  private final Walk walk;
  private final FinishedImages finished;

  TwistedDrawing(
      StudySpec spec, Models models, RunFolder run, Aim aim, Walk walk, FinishedImages finished) {
    this.spec = spec;
    this.models = models;
    this.run = run;
    this.aim = aim;
    this.walk = walk;
    this.finished = finished;
  }

  /**
   * Draws all particles, or goes on where an earlier process stopped.
   *
   * @param batch how many go through the networks together
   */
  StudyResult.UnitResult draw(int batch, Lanes lanes, Progress.Task task) throws IOException {
    TwistedRun particles =
        new TwistedRun(
            models.twistedSampler(spec, aim.beta(), new Batching(batch, lanes)),
            spec.seed(),
            models.device());
    try (TwistedSamples samples = particles.draw(run, walk, task)) {
      int[] picked = samples.picked(spec.seed(), spec.count());
      for (int image = 0; image < picked.length; image++) {
        try (Trajectory shown = particles.particle(samples, picked[image])) {
          finished.keep(image, shown);
        }
      }
      List<StudyResult.ImageResult> images =
          lanes.map(picked.length, image -> finished.measured(image, task));
      return finished.result(
          aim, null, images, Estimates.of(samples), StudyResult.Particles.of(samples));
    }
  }
}
