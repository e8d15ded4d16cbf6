package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.Objective;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.torch.Engine;

/** Native memory is freed block by block: long runs stay as small as short ones. */
@Tag("slow")
class GuidedStepMemoryTest {
  private static final int WARM_UP = 500;
  private static final int STEPS = 2000;

  /** One leaked tensor of 12 kB a step makes 24 MB and more; a leaked graph far more. */
  private static final long BOUND = 16L << 20;

  @Test
  void guidedStepsLeaveNothingBehind() {
    try (RandomPipeline pipeline =
        RandomPipeline.open(RandomPipeline.Size.TINY, NoiseSchedule.linear(WARM_UP + STEPS))) {
      GuidedSampler sampler =
          pipeline.sampler(new Guidance.Tilt(1, new Objective.Maximize(), Strength.FULL));
      Trajectory now = sampler.start(45, List.of(0));
      long before = 0;
      while (!sampler.isDone(now)) {
        now = sampler.advance(now);
        if (now.step() == WARM_UP) {
          before = Engine.residentBytes();
        }
      }
      now.close();
      long growth = Engine.residentBytes() - before;
      assertThat(growth).as("bytes gained in %d steps", STEPS).isLessThan(BOUND);
    }
  }
}
