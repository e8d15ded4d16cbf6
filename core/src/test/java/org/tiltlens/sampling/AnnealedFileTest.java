package org.tiltlens.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Pool;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

class AnnealedFileTest {
  private static final Batching LANES = Batching.oneByOne(new Lanes(2, 1));

  @TempDir private Path folder;

  /** Killed after any move or between two tilts, and wherever it ends. */
  @Test
  void aKilledRunGoesOnToTheSameBits() throws IOException {
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    try (Prior prior = oracle.prior("12")) {
      PathSampler paths =
          PathSampler.of(prior, new AncestralStep(), oracle.score(), new Objective.Maximize());
      Pool pool = Pool.drawn(paths, 5, 48, LANES);
      for (Goal goal : new Goal[] {new Goal.Beta(1.5), new Goal.Mean(oracle.mean(1))}) {
        Annealing annealing = new Annealing(paths, goal, Annealing.Settings.usual(16), LANES);
        Course.Annealed course = new Course.Annealed(annealing, 3, pool, Device.CPU);
        try (AnnealedSamples whole = annealing.run(3, pool)) {
          for (int stop : IntStream.of(0, 1, 4, 7).toArray()) {
            Path file = folder.resolve("cloud.safetensors");
            Files.deleteIfExists(file);
            var cloud = course.start();
            for (int step = 0; step < stop && !course.isDone(cloud); step++) {
              cloud = course.advance(cloud);
            }
            course.write(file, cloud);
            cloud.close();
            var done = new Walk(Duration.ofDays(1)).finish(course, file, new Progress.Task() {});
            try (AnnealedSamples samples = annealing.finish(done, pool)) {
              assertThat(samples.x().equal(whole.x())).as("after %d", stop).isTrue();
              assertThat(samples.estimate()).isEqualTo(whole.estimate());
              assertThat(samples.rungs()).isEqualTo(whole.rungs());
              assertThat(samples.evaluations()).isEqualTo(whole.evaluations());
            }
          }
        }
      }
    }
  }

  @Test
  void whatIsNoCloudIsRefused() throws IOException {
    Path file = folder.resolve("cloud.safetensors");
    Files.write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(() -> AnnealedFile.read(file, Device.CPU))
        .isInstanceOf(CheckpointException.class);
  }
}
