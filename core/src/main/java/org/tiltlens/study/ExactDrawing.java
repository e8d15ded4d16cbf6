package org.tiltlens.study;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.Islands;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Pool;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.sampling.AnnealedRun;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Batching;

/** Draws samples of the tilt itself, and shows as many of them as images are asked for. */
final class ExactDrawing {
  /** Moves and tilts of a particle that progress counts on; where more are needed it waits. */
  private static final int EXPECTED_MOVES = 12;

  /** Far from seeds that people take next to each other. */
  private static final long ISLAND = 0x9E3779B97F4A7C15L;

  private final StudySpec spec;
  private final ExactGuidance exact;
  private final StudyModels models;
  private final Sampling sampling;
  private final SharedPool pool;
  private final FinishedImages finished;
  private final Batching together;

  ExactDrawing(
      StudySpec spec,
      StudyModels models,
      Sampling sampling,
      SharedPool pool,
      FinishedImages finished) {
    this.spec = spec;
    this.exact = (ExactGuidance) spec.guidance();
    this.models = models;
    this.sampling = sampling;
    this.pool = pool;
    this.finished = finished;
    this.together = models.ofSet(sampling.batching());
  }

  /** How far {@link #draw} advances its task, about. */
  static long units(StudySpec spec, long steps) {
    Integer given = spec.particles();
    long particles = given != null ? given : Math.max(spec.count(), ExactGuidance.USUAL_PARTICLES);
    return particles * EXPECTED_MOVES + steps * spec.count();
  }

  /** Draws all particles, or goes on where an earlier process stopped. */
  StudyResult.UnitResult draw(Phases phases) throws IOException {
    PathSampler paths =
        PathSampler.of(
            models.prior(), spec.steps().form().step(), models.score(), spec.objective());
    Pool from = pool.paths(paths, energies(phases));
    Target target = target();
    Goal goal = target == null ? new Goal.Beta(spec.beta()) : new Goal.Mean(target.activation());
    boolean alone =
        exact.islands() == null && (enough(paths, goal).isTold(from) || isBeyond(goal, from));
    int islands = alone ? 1 : exact.islandsOf(from.size());
    if (islands > 1) {
      return onIslands(islands, paths, goal, target, from, phases);
    }
    Annealing annealing = alone(paths, goal, from);
    AnnealedRun run = run(annealing, from, spec.seed(), "annealed");
    try (AnnealedRun.Drawn drawn = drawn(run, annealing, phases)) {
      return shown(drawn.samples(), target, from, drawn.evaluations(), phases);
    }
  }

  private AnnealedRun.Drawn drawn(AnnealedRun run, Annealing annealing, Phases phases)
      throws IOException {
    try (Progress.Task task =
        annealing("drawing " + spec.unit() + " (annealing)", annealing, phases)) {
      return sampling.stopwatch(Sampling.IMAGES, false).time(task, run::draw);
    }
  }

  /** How many rounds, of moves or to the next tilt, it takes nobody knows. */
  private static Progress.Task annealing(String what, Annealing annealing, Phases phases) {
    int particles = annealing.settings().particles();
    return phases.begin(what, 0, new Counted("rounds of " + particles + " particles", particles));
  }

  private AnnealedRun run(Annealing annealing, Pool from, long seed, String name) {
    return new AnnealedRun(
        annealing,
        from,
        rows -> pool.ends(annealing.paths(), models.device(), rows),
        row -> pool.scores(spec.score()).get(row),
        sampling,
        seed,
        name);
  }

  /** Whether no path is as far as the mean wanted, so that it takes all of them to get there. */
  private static boolean isBeyond(Goal goal, Pool from) {
    ScoreSample paths = ScoreSample.of(from.energies());
    return goal instanceof Goal.Mean wanted
        && (wanted.mean() >= paths.max() || wanted.mean() <= paths.min());
  }

  /** As many particles as images, if nobody says how many: enough where the pool is believed. */
  private Annealing enough(PathSampler paths, Goal goal) {
    int few = exact.particles() == null ? Math.max(2, spec.count()) : exact.particles();
    return annealing(paths, goal, exact.settings(few));
  }

  private Annealing alone(PathSampler paths, Goal goal, Pool from) {
    Annealing enough = enough(paths, goal);
    if (exact.particles() != null || enough.isTold(from)) {
      return enough;
    }
    int many = Math.max(spec.count(), ExactGuidance.USUAL_PARTICLES);
    return annealing(paths, goal, exact.settings(many));
  }

  private Annealing annealing(PathSampler paths, Goal goal, Annealing.Settings settings) {
    return new Annealing(paths, goal, settings, together);
  }

  /** The whole pool tells the tilt of a wanted mean, or the first finds it, for all. */
  private StudyResult.UnitResult onIslands(
      int islands, PathSampler paths, Goal goal, Target target, Pool from, Phases phases)
      throws IOException {
    int each = from.size() / islands;
    if (each < 2) {
      throw new SpecException(
          "{islands} %s of a pool of %s paths: each needs two or more, so give at most %s",
          islands, from.size(), from.size() / 2);
    }
    OptionalDouble told = enough(paths, goal).told(from);
    Goal common = told.isPresent() ? new Goal.Beta(told.getAsDouble()) : goal;
    List<AnnealedSamples> drawn = new ArrayList<>();
    long evaluations = 0;
    try {
      for (int island = 0; island < islands; island++) {
        Goal own = drawn.isEmpty() ? common : new Goal.Beta(drawn.get(0).beta());
        Pool part = from.part(island * each, each);
        long seed = spec.seed() + island * ISLAND;
        Annealing annealing = onIsland(islands, paths, own, part);
        AnnealedRun run = run(annealing, part, seed, "annealed-" + island);
        String what =
            "drawing %s (annealing island %d of %d)".formatted(spec.unit(), island + 1, islands);
        try (Progress.Task task = annealing(what, annealing, phases)) {
          AnnealedRun.Drawn of = run.finished(run.annealed(task));
          evaluations += of.evaluations();
          drawn.add(of.samples());
        }
      }
      try (AnnealedSamples joined = Islands.joined(spec.seed(), drawn)) {
        return shown(joined, target, from, evaluations, phases);
      }
    } finally {
      drawn.forEach(AnnealedSamples::close);
    }
  }

  private Annealing onIsland(int islands, PathSampler paths, Goal goal, Pool part) {
    return exact.islands() == null
        ? annealing(paths, goal, exact.onIsland(exact.onEach(islands, spec.count())))
        : alone(paths, goal, part);
  }

  private double[] energies(Phases phases) {
    try (Progress.Task task =
        phases.beside("scoring the pool", pool.pool().size(), new Counted("images", 1))) {
      pool.score(
          Map.of(spec.score(), models.score()),
          models.device(),
          sampling.batching().lanes(),
          task::advance);
    }
    return pool.energies(spec.score(), spec.objective());
  }

  private Target target() {
    return spec.target() == null
        ? null
        : Aim.complete(spec.target(), models.corpusScores().orElseThrow());
  }

  private StudyResult.UnitResult shown(
      AnnealedSamples samples, Target target, Pool from, long evaluations, Phases phases)
      throws IOException {
    int many = samples.size();
    int steps = models.prior().schedule().steps();
    List<StudyResult.ImageResult> images;
    try (Progress.Task task =
        phases.begin(
            "drawing " + spec.unit() + " (measuring)",
            (long) steps * spec.count(),
            new Counted("images", steps))) {
      images =
          finished.of(
              image -> samples.sample(row(image, many), spec.seed(), steps),
              image -> samples.eves().get(row(image, many)),
              sampling.batching(),
              task);
    }
    Aim aim = new Aim(samples.beta(), target, null, List.of(), null);
    return finished.result(
        aim, null, images, estimates(samples), null, AnnealedReport.of(samples, from, evaluations));
  }

  /** Evenly spread, as those that descend from one path of the pool are neighbours. */
  private int row(int image, int many) {
    return (int) ((long) image * many / spec.count());
  }

  private static Estimates estimates(AnnealedSamples samples) {
    String estimator = samples.estimator().toString();
    return new Estimates(
        Estimated.of(samples.estimate().mean(), estimator),
        null,
        Estimated.of(samples.estimate().kl(), estimator),
        Estimated.of(samples.estimate().logZ(), estimator),
        null);
  }
}
