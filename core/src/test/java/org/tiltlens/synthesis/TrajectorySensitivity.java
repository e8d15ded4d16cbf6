package org.tiltlens.synthesis;

import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.golden.GoldenRun;
import org.tiltlens.torch.Scope;

/**
 * Prints how far a reference run moves when x_T is changed by one rounding, and how far each step
 * is from the reference.
 *
 * <p>Run it in {@code core}, or name the reference folder with {@code TILTLENS_GOLDENS}.
 */
final class TrajectorySensitivity {
  private TrajectorySensitivity() {}

  public static void main(String[] args) {
    for (GuidedTrajectoryGoldenTest.Run run : GuidedTrajectoryGoldenTest.Run.values()) {
      System.out.println(
          run.prefix()
              + ": step, own difference after one rounding of x_T, one step against the reference");
      try (Scope scope = Scope.open();
          GoldenRun golden = new GoldenRun();
          DiffusionPrior prior = golden.prior()) {
        print(run, golden, GuidedTrajectoryGoldenTest.sampler(run, golden, prior));
      }
    }
  }

  private static void print(
      GuidedTrajectoryGoldenTest.Run run, GoldenRun golden, GuidedSampler sampler) {
    Tensor reference = golden.load(run.prefix() + ".x_per_step");
    Tensor start = golden.load("x_T");
    Trajectory ours = GuidedTrajectoryGoldenTest.at(0, start);
    Trajectory rounded = GuidedTrajectoryGoldenTest.at(0, Nudged.of(start));
    for (int step = 0; step < reference.size(0); step++) {
      Tensor before = step == 0 ? start : reference.select(0, step - 1);
      ours = sampler.advance(ours);
      rounded = sampler.advance(rounded);
      try (Trajectory forced = sampler.advance(GuidedTrajectoryGoldenTest.at(step, before))) {
        System.out.printf(
            Locale.ROOT,
            "%4d  %.1e  %.1e%n",
            step + 1,
            difference(ours.x(), rounded.x()),
            difference(forced.x(), reference.select(0, step)));
      }
    }
    ours.close();
    rounded.close();
  }

  private static double difference(Tensor a, Tensor b) {
    return a.sub(b).abs().max().item_double();
  }
}
