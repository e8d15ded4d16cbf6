package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Pool;
import org.tiltlens.feature.Objective;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.AnnealedRun;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.study.AnnealedReport;
import org.tiltlens.study.ExactGuidance;
import org.tiltlens.study.SharedPool;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.JointTilt;

/**
 * Draws samples of the joint tilt itself from a pool of unguided paths, and shows as many of them
 * as images are asked for.
 *
 * <p>The betas are those of the pool's own joint tilt. Where too few of its paths carry that for
 * its weights to draw the samples, particles are annealed along {@code t beta}, t from 0 to 1, and
 * the betas corrected by what these tell, farther than the pool can where levels are beyond it.
 */
final class ExactComposition implements CompositionDrawing {
  private final CompositionSpec spec;
  private final ComposedModels models;
  private final Sampling sampling;
  private final SharedPool pool;
  private final JointAim aim;

  /**
   * @param aim at means of the pool's images
   */
  ExactComposition(
      CompositionSpec spec,
      ComposedModels models,
      Sampling sampling,
      SharedPool pool,
      JointAim aim) {
    this.spec = spec;
    this.models = models;
    this.sampling = sampling;
    this.pool = pool;
    this.aim = aim;
  }

  /** How many rounds, of moves or to the next betas, it takes nobody knows. */
  @Override
  public long steps() {
    return 0;
  }

  @Override
  public Counted counted() {
    return new Counted("rounds of " + many() + " particles", many());
  }

  @Override
  public String approximation() {
    return spec.exact().tilt().approximation();
  }

  @Override
  public Drawn draw(Progress.Task task) throws IOException {
    double[] betas = JointAnnealing.first(aim);
    JointTilt tilt = aim.scores().tilted(betas);
    List<Estimate> told = IntStream.range(0, betas.length).mapToObj(tilt::mean).toList();
    // As many particles as images where the pool can tell, if nobody says how many.
    int few = spec.particles() == null ? Math.max(2, spec.count()) : spec.particles();
    AnnealedRun drawing = run(betas, 0, few);
    if (aim.isMet(tilt.means()) && drawing.isTold()) {
      try (AnnealedRun.Drawn drawn = drawing.draw(task)) {
        return shown(drawing, drawn, new Found(betas, told, List.of()));
      }
    }
    JointAnnealing.Ended end = new JointAnnealing(aim, new Rounds(task)).run(betas);
    AnnealedRun last = run(end.betas(), end.tried().size() - 1, many());
    List<Estimate> means =
        JointAnnealing.means(end.cloud(), pool.pool().size(), scores(end.cloud()));
    try (AnnealedRun.Drawn drawn = last.finished(end.cloud())) {
      List<JointPilot> tried = aim.isWanted() ? end.tried() : List.of();
      return shown(last, drawn, new Found(end.betas(), means, tried));
    }
  }

  /** Particles of this run, kept on disk by their round. */
  private final class Rounds implements JointAnnealing.Rounds {
    private final Progress.Task task;

    Rounds(Progress.Task task) {
      this.task = task;
    }

    @Override
    public AnnealedCloud first(double... betas) throws IOException {
      return run(betas, 0, many()).annealed(task);
    }

    @Override
    public AnnealedCloud onward(AnnealedCloud from, double[] betas, int round, double... logFactors)
        throws IOException {
      AnnealedRun run = run(betas, round, many());
      try (from) {
        List<Double> sums =
            Arrays.stream(JointScores.of(scores(from)).combined(betas)).boxed().toList();
        return run.annealed(() -> run.annealing().onward(from, sums, 1, logFactors), task);
      }
    }

    @Override
    public double[][] scores(AnnealedCloud cloud) {
      return ExactComposition.this.scores(cloud);
    }
  }

  private double[][] scores(AnnealedCloud cloud) {
    return models.cappedScores(cloud.paths().x(), sampling.batching()).toArray(double[][]::new);
  }

  private AnnealedRun run(double[] betas, int round, int particles) {
    PathSampler paths =
        PathSampler.of(
            models.prior(), spec.form().step(), models.sum(betas), new Objective.Maximize());
    Pool from = pool.paths(paths, aim.scores().combined(betas));
    Annealing annealing =
        new Annealing(
            paths,
            new Goal.Beta(1),
            spec.exact().tilt().settings(particles),
            models.ofSet(sampling.batching()));
    return new AnnealedRun(
        annealing,
        from,
        rows -> pool.ends(paths, models.device(), rows),
        row -> from.energies()[row],
        sampling,
        spec.seed(),
        "annealed-" + round);
  }

  private int many() {
    return spec.particles() == null
        ? Math.max(spec.count(), ExactGuidance.USUAL_PARTICLES)
        : spec.particles();
  }

  /** What was found of the betas on the way to the samples. */
  private record Found(double[] betas, List<Estimate> means, List<JointPilot> tried) {}

  private Drawn shown(AnnealedRun run, AnnealedRun.Drawn drawn, Found found) throws IOException {
    AnnealedSamples samples = drawn.samples();
    List<Path> files = new ArrayList<>();
    for (int image = 0; image < spec.count(); image++) {
      // Evenly spread, as those that descend from one path of the pool are neighbours.
      int row = (int) ((long) image * samples.size() / spec.count());
      Path file = sampling.file("drawn", image);
      try (Trajectory shown = samples.sample(row, spec.seed(), models.prior().schedule().steps())) {
        TrajectoryFile.write(file, shown);
      }
      files.add(file);
    }
    String estimator = samples.estimator().toString();
    return new Drawn(
        found.betas,
        found.tried,
        found.means.stream().map(mean -> Estimated.of(mean, estimator)).toList(),
        files,
        new CompositionResult.Weighted(
            Estimated.of(samples.estimate().logZ(), estimator),
            Estimated.of(samples.estimate().kl(), estimator),
            null),
        AnnealedReport.of(samples, run.pool(), drawn.evaluations()));
  }
}
