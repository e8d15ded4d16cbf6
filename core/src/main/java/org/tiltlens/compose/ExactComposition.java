package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Pool;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.AnnealedRun;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.study.AnnealedReport;
import org.tiltlens.study.GuidanceSpec;
import org.tiltlens.study.SharedPool;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.tilting.JointTilt;
import org.tiltlens.tilting.LogWeights;

/**
 * Draws samples of the joint tilt itself from a pool of unguided paths, and shows as many of them
 * as images are asked for.
 *
 * <p>The betas are those of the pool's own joint tilt. Where too few of its paths carry that for
 * its weights to draw the samples, particles are annealed along {@code t beta}, t from 0 to 1, and
 * the betas corrected by what these tell, farther than the pool can where levels are beyond it.
 */
final class ExactComposition implements CompositionDrawing {
  /** Moves and tilts of a particle that progress counts on; where more are needed it waits. */
  private static final int EXPECTED_MOVES = 12;

  /** Annealed runs on the way to wanted means, at the most. */
  private static final int MOST_ROUNDS = 6;

  /** Paths of the pool that betas may rest on at the least. */
  private static final double FEWEST_EFFECTIVE = 16;

  /** Share of the particles that the next betas may rest on at the least. */
  private static final double SHARE = 0.5;

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

  @Override
  public long steps() {
    return (long) many() * EXPECTED_MOVES;
  }

  @Override
  public String approximation() {
    return spec.exact().tilt().approximation();
  }

  @Override
  public Drawn draw(Progress.Task task) throws IOException {
    double fewest = Math.min(FEWEST_EFFECTIVE, pool.pool().size() / 2.0);
    double[] betas = aim.scores().toward(aim.given(), aim.goals(), fewest).betas();
    List<JointPilot> tried = new ArrayList<>();
    boolean more = aim.wanted() > 0 && !run(betas, 0).isTold();
    while (more) {
      try (AnnealedRun.Drawn drawn = run(betas, tried.size()).draw(task)) {
        List<Estimate> means = means(drawn, betas);
        tried.add(
            new JointPilot(
                Arrays.stream(betas).boxed().toList(),
                means.stream().map(Estimate::value).toList()));
        more = tried.size() < MOST_ROUNDS && !aim.isMet(means);
        betas = more ? next(betas, drawn) : betas;
      }
    }
    int best = nearest(tried);
    double[] at =
        tried.isEmpty()
            ? betas
            : tried.get(best).betas().stream().mapToDouble(Double::doubleValue).toArray();
    // What was annealed is there, and only read.
    AnnealedRun run = run(at, best);
    try (AnnealedRun.Drawn drawn = run.draw(task)) {
      return shown(run, drawn, at, tried);
    }
  }

  /** The betas of the wanted means, or of those on the way there, as far as particles can tell. */
  private double[] next(double[] betas, AnnealedRun.Drawn drawn) {
    double[] fixed =
        Arrays.stream(aim.given()).map(beta -> Double.isNaN(beta) ? beta : 0).toArray();
    double[] step =
        JointScores.of(scores(drawn).toArray(double[][]::new))
            .toward(fixed, aim.goals(), SHARE * drawn.samples().size())
            .betas();
    return IntStream.range(0, betas.length).mapToDouble(k -> betas[k] + step[k]).toArray();
  }

  private int nearest(List<JointPilot> tried) {
    return IntStream.range(0, tried.size())
        .boxed()
        .min(Comparator.comparingDouble(i -> aim.miss(tried.get(i).means())))
        .orElse(0);
  }

  private AnnealedRun run(double[] betas, int round) {
    PathSampler paths = paths(betas);
    return new AnnealedRun(
        annealing(paths, from(betas)), from(betas), this::images, sampling, "annealed-" + round);
  }

  private PathSampler paths(double... betas) {
    return PathSampler.of(
        models.prior(), new AncestralStep(), models.sum(betas), new Objective.Maximize());
  }

  private Pool from(double... betas) {
    return pool.paths(paths(betas), aim.scores().combined(betas));
  }

  /** As many particles as images where the pool can tell, if nobody says how many. */
  private Annealing annealing(PathSampler paths, Pool from) {
    int few = spec.particles() == null ? Math.max(2, spec.count()) : spec.particles();
    Annealing enough = annealing(paths, few);
    return enough.isTold(from) ? enough : annealing(paths, many());
  }

  private Annealing annealing(PathSampler paths, int particles) {
    return new Annealing(
        paths, new Goal.Beta(1), spec.exact().tilt().settings(particles), sampling.batching());
  }

  private int many() {
    return spec.particles() == null
        ? Math.max(spec.count(), GuidanceSpec.Exact.USUAL_PARTICLES)
        : spec.particles();
  }

  private Tensor images(int... rows) {
    return pool.images(models.device(), rows);
  }

  private List<Estimate> means(AnnealedRun.Drawn drawn, double... betas) {
    IntStream units = IntStream.range(0, betas.length);
    if (!drawn.samples().estimator().annealed()) {
      JointTilt tilt = aim.scores().tilted(betas);
      return units.mapToObj(tilt::mean).toList();
    }
    List<double[]> scores = models.cappedScores(drawn.samples().x(), sampling.batching().lanes());
    int[] eves = drawn.eves().stream().mapToInt(Integer::intValue).toArray();
    return units
        .mapToObj(k -> scores.stream().mapToDouble(each -> each[k]).toArray())
        .map(each -> mean(eves, each))
        .toList();
  }

  private List<double[]> scores(AnnealedRun.Drawn drawn) {
    return models.cappedScores(drawn.samples().x(), sampling.batching().lanes());
  }

  private Estimate mean(int[] eves, double... scores) {
    LogWeights equal = LogWeights.uniform(scores.length);
    return Genealogy.estimate(equal, eves, pool.pool().size(), scores, 0, 0).mean();
  }

  private Drawn shown(
      AnnealedRun run, AnnealedRun.Drawn drawn, double[] betas, List<JointPilot> tried)
      throws IOException {
    AnnealedSamples samples = drawn.samples();
    List<Path> files = new ArrayList<>();
    for (int image = 0; image < spec.count(); image++) {
      // Evenly spread, as those that descend from one path of the pool are neighbours.
      int row = (int) ((long) image * samples.size() / spec.count());
      Path file = sampling.file("drawn", image);
      try (Trajectory shown = run.sample(samples, row)) {
        TrajectoryFile.write(file, shown);
      }
      files.add(file);
    }
    String estimator = samples.estimator().toString();
    return new Drawn(
        betas,
        tried,
        means(drawn, betas).stream().map(mean -> Estimated.of(mean, estimator)).toList(),
        files,
        new CompositionResult.Weighted(
            Estimated.of(samples.estimate().logZ(), estimator),
            Estimated.of(samples.estimate().kl(), estimator),
            null),
        AnnealedReport.of(samples, run.pool(), drawn.evaluations()));
  }
}
