package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.allFinite;
import static org.tiltlens.torch.Tensors.sum;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Energy-guided diffusion posterior sampling: the prior's own steps, each moved by the gradient of
 * the score of its clean estimate (KLSC paper, ICML 2026; classifier guidance of Dhariwal and
 * Nichol 2021, algorithms 1 and 2).
 *
 * <p>A pure function of (seed, sample): a trajectory can be stopped, saved and continued anywhere
 * without changing a bit. Draw 0 of a sample's noise is x_T, draw n that of the n-th step taken, as
 * in the unguided sampler, so that beta = 0 gives the prior's samples bit for bit.
 *
 * @param prior the natural images p
 * @param score the unit's intrinsic score s
 * @param guidance how the gradient of the score enters a step
 * @param form the prior's own step: ancestral DDPM, DDIM, DPM-Solver++, Heun or LCM
 * @param gradient how the gradient is had
 * @param source where noise comes from
 */
public record GuidedSampler(
    Prior prior,
    Score score,
    Guidance guidance,
    ReverseStep form,
    ScoreGradient gradient,
    NoiseSource source)
    implements Synthesizer {

  /** Where noise comes from: standard normal numbers named by (seed, sample, draw). */
  @FunctionalInterface
  public interface NoiseSource {
    Tensor normal(long seed, long sample, long draw, long... shape);
  }

  /** Through the prior's network, with the noise that is named by its numbers alone. */
  public GuidedSampler(Prior prior, Score score, Guidance guidance, ReverseStep form) {
    this(prior, score, guidance, form, Noise::normal);
  }

  /** Through the prior's network. */
  public GuidedSampler(
      Prior prior, Score score, Guidance guidance, ReverseStep form, NoiseSource source) {
    this(prior, score, guidance, form, new ScoreGradient.ThroughPrior(), source);
  }

  /** The prior's own samples, of which no score is asked. */
  public static GuidedSampler unguided(Prior prior, ReverseStep form) {
    Score none =
        images -> {
          throw new IllegalStateException("an unguided step looks at no score");
        };
    Guidance natural = new Guidance.Tilt(0, new Objective.Maximize(), Strength.FULL);
    return new GuidedSampler(prior, none, natural, form);
  }

  /**
   * Draws samples of the run with this seed, from noise to images; the caller closes the result.
   */
  public Trajectory run(long seed, Integer... samples) {
    Trajectory trajectory = start(seed, List.of(samples));
    while (!isDone(trajectory)) {
      trajectory = advance(trajectory);
    }
    return trajectory;
  }

  /** A sample of {@link #run}; what guidance pushed out of [-1, 1] is clipped. */
  @Override
  public Tensor synthesize(long seed, int sample) {
    try (Trajectory trajectory = run(seed, sample)) {
      return Scope.of(() -> Tensors.clamp(prior.decode(trajectory.x()), -1, 1));
    }
  }

  /** The samples as pure noise, before the first step; the caller closes the result. */
  public Trajectory start(long seed, List<Integer> samples) {
    try (Scope scope = Scope.open()) {
      List<Double> zeros = Collections.nCopies(samples.size(), 0.0);
      List<Double> unknown = Collections.nCopies(samples.size(), Double.NaN);
      return new Trajectory(
          seed, samples, 0, Scope.keepForever(noise(seed, samples, 0)), zeros, unknown);
    }
  }

  public boolean isDone(Trajectory trajectory) {
    return trajectory.step() == prior.schedule().steps();
  }

  /**
   * Takes one step; closes {@code now}. The caller closes the result.
   *
   * @throws NotFiniteException if a number became NaN or infinite
   */
  public Trajectory advance(Trajectory now) {
    NoiseSchedule schedule = prior.schedule();
    int t = schedule.steps() - 1 - now.step();
    try (now;
        Scope scope = Scope.open()) {
      Move move = moved(now, t, noise(now.seed(), now.samples(), now.step() + 1));
      List<Double> pathKl =
          IntStream.range(0, now.samples().size())
              .mapToObj(i -> now.pathKl().get(i) + move.pathKl().get(i))
              .toList();
      return new Trajectory(
          now.seed(),
          now.samples(),
          now.step() + 1,
          Scope.keepForever(move.x()),
          // Nothing goes on from clean images.
          form.readsBefore() && t > 0 ? Scope.keepForever(move.x0Hat()) : null,
          pathKl,
          move.score() == null ? now.score() : move.score());
    } catch (NotFiniteException e) {
      throw e.at("step t = " + t);
    }
  }

  /**
   * What one step does: the new x, the clean estimate it read and, per sample, its term of the path
   * KL and the score before it (or null).
   */
  private record Move(Tensor x, Tensor x0Hat, List<Double> pathKl, List<Double> score) {}

  private Move moved(Trajectory now, int t, Tensor noise) {
    Look here = look(now, now.x(), t);
    Prediction read = here.prediction;
    ReverseStep.Ahead ahead =
        (x, later) -> {
          if (here.guided != null && !allFinite(x)) {
            throw failure(now.x(), here.guided, here.factor);
          }
          return look(now, x, later).prediction;
        };
    Tensor natural = form.step(prior.schedule(), read, now.before(), ahead, now.x(), t, noise);
    if (here.guided == null) {
      if (!allFinite(natural)) {
        throw NotFiniteException.of("the prior", now.x());
      }
      List<Double> none = Collections.nCopies(now.samples().size(), 0.0);
      return new Move(natural, read.x0Hat(), none, null);
    }
    ScoreGradient.Result guided = here.guided;
    Tensor next = guidance.moved(natural, guided.gradient(), here.factor);
    if (!allFinite(next)) {
      throw failure(now.x(), guided, here.factor);
    }
    return new Move(
        next,
        read.x0Hat(),
        pathKl(guided.natural(), guided.gradient(), here.factor),
        boxed(toDoubles(guided.scores())));
  }

  /**
   * What a step reads at some noisy images.
   *
   * @param guided what led to it; null where nothing guides
   * @param factor of the gradient
   */
  private record Look(Prediction prediction, ScoreGradient.Result guided, double factor) {}

  private Look look(Trajectory now, Tensor x, int t) {
    int taken = prior.schedule().steps() - 1 - t;
    double progress = (double) taken / prior.schedule().steps();
    double factor = guidance.strength().at(progress) * guidance.factor();
    if (factor == 0) {
      return new Look(along(now).predict(x, t), null, factor);
    }
    ScoreGradient.Result result =
        gradient.of(
            new ScoreGradient.Point(along(now), score.at(progress), guidance.objective(), x, t),
            factor,
            draws -> perturbations(now, taken, draws));
    Guidance.Point point = new Guidance.Point(prior.schedule(), x, t, result.natural());
    return new Look(guidance.prediction(point, result.gradient(), factor), result, factor);
  }

  /** What made a guided step's pixels NaN or infinite. */
  private static NotFiniteException failure(Tensor x, ScoreGradient.Result result, double factor) {
    Prediction natural = result.natural();
    if (!Stream.of(natural.x0Hat(), natural.mean(), natural.variance())
        .allMatch(Tensors::allFinite)) {
      return NotFiniteException.of("the prior", x);
    }
    return new NotFiniteException(
        allFinite(result.gradient())
            ? "guidance by a factor of %.4g moves pixels beyond all numbers: lower `beta` or `scale`"
                .formatted(factor)
            : "the gradient of the score is not finite: check the vision model's weights, and those"
                + " of the prior");
  }

  /** (N, n, C, H, W): after the draws of the steps, one more per step and sample. */
  private Tensor perturbations(Trajectory now, int taken, int n) {
    long[] image = prior.noiseShape();
    int draw = prior.schedule().steps() + 1 + taken;
    List<Tensor> rows =
        now.samples().stream()
            .map(sample -> source.normal(now.seed(), sample, draw, n, image[0], image[1], image[2]))
            .toList();
    return prior.device().place(Tensors.stack(rows));
  }

  /**
   * The step's term of the path KL per sample; NaN where the form of the step has another variance
   * than Sigma_t. The last step is moved too: without noise of its own it counts as one of Sigma_0,
   * as in bits per dimension.
   */
  private List<Double> pathKl(Prediction natural, Tensor shift, double factor) {
    return form instanceof AncestralStep
        ? boxed(toDoubles(sum(guidance.pathKl(natural, shift, factor), 1, 2, 3)))
        : Collections.nCopies((int) shift.size(0), Double.NaN);
  }

  private Prior along(Trajectory now) {
    return prior.along(() -> noise(now.seed(), now.samples(), 0));
  }

  /** One row per sample, (N, C, H, W). */
  private Tensor noise(long seed, List<Integer> samples, int draw) {
    long[] image = prior.noiseShape();
    List<Tensor> rows =
        samples.stream()
            .map(sample -> source.normal(seed, sample, draw, 1, image[0], image[1], image[2]))
            .toList();
    return prior.device().place(Tensors.cat(rows, 0));
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }
}
