package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiltlens.golden.Goldens.LOOSE;
import static org.tiltlens.golden.Goldens.TOLERANCE;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.Collections;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.feature.Objective;
import org.tiltlens.golden.GoldenRun;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Whole guided sampling runs against the authors' sampler.
 *
 * <p>Each of the steps is compared from the reference's own state before it. A run left to itself
 * is compared as long as it is well-conditioned: with random weights and strong guidance these runs
 * are chaotic, so that moving x_T by one rounding of float32 ends in another image, in our
 * implementation as in any other (see {@link TrajectorySensitivity} and docs/numerics.md).
 */
@Tag("golden")
class GuidedTrajectoryGoldenTest {
  /** The three recorded runs; all guide by the capped score. */
  enum Run {
    CONSTANT(true),
    CONSTANT_GATED(false),
    TILT(true);

    private final boolean beforeActivation;

    Run(boolean beforeActivation) {
      this.beforeActivation = beforeActivation;
    }

    String prefix() {
      return name().toLowerCase(Locale.ROOT);
    }

    Guidance guidance(GoldenRun golden) {
      Objective capped = new Objective.Clip(golden.number("cap"));
      return this == TILT
          ? new Guidance.Tilt(golden.number("tilt_beta"), capped, Strength.FULL)
          : new Guidance.Constant(golden.number("constant_scale"), capped, Strength.FULL);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyStepAgreesFromTheReferencesOwnState(Run run) {
    try (Scope scope = Scope.open();
        GoldenRun golden = new GoldenRun();
        DiffusionPrior prior = golden.prior()) {
      GuidedSampler sampler = sampler(run, golden, prior);
      Tensor xs = golden.load(run.prefix() + ".x_per_step");
      Tensor scores = golden.load(run.prefix() + ".score_per_step");
      assertThat((long) prior.schedule().steps()).isEqualTo(xs.size(0));
      for (int step = 0; step < xs.size(0); step++) {
        Tensor before = step == 0 ? golden.load("x_T") : xs.select(0, step - 1);
        try (Trajectory after = sampler.advance(at(step, before));
            Trajectory rounded = sampler.advance(at(step, Nudged.of(before)))) {
          // Where one rounding of x moves the reference's own step further than the tolerance, no
          // implementation can be held to more than that.
          double tolerance = Math.max(LOOSE, spread(after, rounded));
          assertClose(
              after.x(), xs.select(0, step), tolerance, run.prefix() + " x after step " + step);
          assertClose(
              scores(after),
              scores.select(0, step),
              LOOSE,
              run.prefix() + " score at step " + step);
        }
      }
      assertClose(
          golden.score(run.beforeActivation).of(golden.load(run.prefix() + ".final")),
          golden.load(run.prefix() + ".final_score"),
          TOLERANCE,
          run.prefix() + " final score");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRunLeftToItselfAgreesWhileItIsWellConditioned(Run run) {
    try (Scope scope = Scope.open();
        GoldenRun golden = new GoldenRun();
        DiffusionPrior prior = golden.prior()) {
      GuidedSampler sampler = sampler(run, golden, prior);
      Tensor xs = golden.load(run.prefix() + ".x_per_step");
      Trajectory ours = at(0, golden.load("x_T"));
      Trajectory rounded = at(0, Nudged.of(golden.load("x_T")));
      int agreed = 0;
      while (!sampler.isDone(ours)) {
        ours = sampler.advance(ours);
        rounded = sampler.advance(rounded);
        // The reference's own rounding leads as far astray as this one, or a few times further.
        if (spread(ours, rounded) > LOOSE / Nudged.ROUNDINGS) {
          break;
        }
        assertClose(
            ours.x(), xs.select(0, agreed), LOOSE, run.prefix() + " x after step " + agreed);
        agreed++;
      }
      ours.close();
      rounded.close();
    }
  }

  /** The largest difference of any pixel. */
  private static double spread(Trajectory a, Trajectory b) {
    return a.x().sub(b.x()).abs().max().item_double();
  }

  static GuidedSampler sampler(Run run, GoldenRun golden, DiffusionPrior prior) {
    Tensor start = golden.load("x_T");
    Tensor noise = golden.load("noise");
    return new GuidedSampler(
        prior,
        golden.score(run.beforeActivation),
        run.guidance(golden),
        new AncestralStep(),
        (seed, sample, draw, shape) ->
            (draw == 0 ? start : noise.select(0, draw - 1)).narrow(0, sample, 1));
  }

  static Trajectory at(int step, Tensor x) {
    int count = (int) x.size(0);
    return new Trajectory(
        0,
        IntStream.range(0, count).boxed().toList(),
        step,
        Scope.keepForever(x.clone()),
        Collections.nCopies(count, 0.0),
        Collections.nCopies(count, Double.NaN));
  }

  private static Tensor scores(Trajectory trajectory) {
    double[] scores = trajectory.score().stream().mapToDouble(Double::doubleValue).toArray();
    return Tensors.doubles(scores, scores.length);
  }
}
