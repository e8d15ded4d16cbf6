package org.tiltlens.sampling;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.ParticleCloud;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedClouds;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.torch.Scope;

/** Weighted particles that are drawn, or taken up where an earlier process left them. */
public record TwistedRun(TwistedClouds clouds, Sampling sampling) {
  /** What keeps weighted particles from sampling a tilt exactly. */
  public static final String WEIGHTED =
      "particles weighted for the error of plug-in guidance: exact only as their number grows, for"
          + " the prior's own discrete steps";

  /** All particles at the end of their way; the caller closes them. */
  public TwistedSamples draw(Progress.Task task) throws IOException {
    List<TwistedSamples> drawn = new ArrayList<>();
    try {
      for (int cloud = 0; cloud < clouds.clouds(); cloud++) {
        drawn.add(draw(cloud, task));
      }
      return clouds.joined(drawn);
    } finally {
      drawn.forEach(TwistedSamples::close);
    }
  }

  private TwistedSamples draw(int cloud, Progress.Task task) throws IOException {
    TwistedSampler sampler = clouds.cloud(cloud);
    long seed = TwistedClouds.seed(sampling.seed(), cloud);
    Course.Twisted course = new Course.Twisted(sampler, seed, sampling.device());
    Path underWay = sampling.run().state("particles-" + cloud + ".safetensors");
    ParticleCloud clean = sampling.walk().finish(course, underWay, task);
    try {
      course.write(underWay, clean);
    } catch (RuntimeException | Error e) {
      clean.close();
      throw e;
    }
    return sampler.finish(clean);
  }

  /** One particle as a sample whose path KL is not known; the caller closes it. */
  public Trajectory particle(TwistedSamples samples, int particle) {
    try (Scope scope = Scope.open()) {
      return new Trajectory(
          sampling.seed(),
          List.of(particle),
          clouds.all().prior().schedule().steps(),
          Scope.keepForever(samples.x().narrow(0, particle, 1).clone()),
          List.of(Double.NaN),
          List.of(samples.scores().get(particle)));
    }
  }
}
