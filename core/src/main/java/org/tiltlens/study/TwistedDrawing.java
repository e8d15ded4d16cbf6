package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tiltlens.synthesis.Batching;
import org.tiltlens.synthesis.ParticleCloud;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;

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
    TwistedSampler sampler = models.twistedSampler(spec, aim.beta(), new Batching(batch, lanes));
    Course.Twisted course = new Course.Twisted(sampler, spec.seed(), models.device());
    Path underWay = run.state("particles.safetensors");
    ParticleCloud clean = walk.finish(course, underWay, task);
    course.write(underWay, clean);
    try (TwistedSamples samples = sampler.finish(clean)) {
      int[] picked = samples.picked(spec.seed(), spec.count());
      for (int image = 0; image < picked.length; image++) {
        keep(image, picked[image], samples);
      }
      List<StudyResult.ImageResult> images =
          lanes.map(picked.length, image -> finished.measured(image, task));
      return finished.result(
          aim,
          null,
          images,
          Estimates.of(samples),
          new StudyResult.Particles(samples.ess(), samples.resampled(), samples.families()));
    }
  }

  /** A particle as an image of the run; its path KL is not known. */
  private void keep(int image, int particle, TwistedSamples samples) throws IOException {
    try (Scope scope = Scope.open();
        Trajectory drawn =
            new Trajectory(
                spec.seed(),
                List.of(particle),
                models.prior().schedule().steps(),
                Scope.keepForever(samples.x().narrow(0, particle, 1).clone()),
                List.of(Double.NaN),
                List.of(samples.scores().get(particle)))) {
      finished.keep(image, drawn);
    }
  }
}
