package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.sampling.TwistedRun;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSamples;

/**
 * Draws the images of a composition as weighted particles at the corpus' betas, and shows as many
 * of them as are asked for, picked by weight.
 */
final class TwistedComposition implements CompositionDrawing {
  private final CompositionSpec spec;
  private final ComposedModels models;
  private final Sampling sampling;
  private final double[] betas;
  private final TwistedRun particles;

  TwistedComposition(
      CompositionSpec spec, ComposedModels models, Sampling sampling, double... betas) {
    this.spec = spec;
    this.models = models;
    this.sampling = sampling;
    this.betas = betas;
    particles = new TwistedRun(models.twistedClouds(sampling.batching(), betas), sampling);
  }

  @Override
  public long steps() {
    return (long) models.prior().schedule().steps() * spec.particles();
  }

  @Override
  public Counted counted() {
    return new Counted("particles", models.prior().schedule().steps());
  }

  @Override
  public String approximation() {
    return TwistedRun.WEIGHTED;
  }

  @Override
  public Drawn draw(Progress.Task task) throws IOException {
    try (TwistedSamples samples = particles.draw(task)) {
      int[] picked = samples.picked(spec.seed(), spec.count());
      List<Path> files = new ArrayList<>();
      for (int image = 0; image < picked.length; image++) {
        Path file = sampling.file("drawn", image);
        try (Trajectory shown = particles.particle(samples, picked[image])) {
          TrajectoryFile.write(file, shown);
        }
        files.add(file);
      }
      Estimates estimates = Estimates.of(samples);
      return new Drawn(
          betas,
          List.of(),
          means(samples),
          files,
          new CompositionResult.Weighted(estimates.logZ(), estimates.kl(), Particles.of(samples)),
          null);
    }
  }

  private List<Estimated> means(TwistedSamples samples) {
    List<double[]> scores = models.cappedScores(samples.x(), sampling.batching());
    return IntStream.range(0, betas.length)
        .mapToObj(k -> scores.stream().mapToDouble(each -> each[k]).toArray())
        .map(each -> Estimates.mean(samples, each))
        .toList();
  }
}
