package org.tiltlens.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.RenoisedImages;
import org.tiltlens.annealing.Renoising;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;

class RenoisedFileTest {
  private static final List<Integer> ORIGINS = List.of(8, 3, 8, 11);

  @TempDir private Path folder;

  @Test
  void aKilledRunGoesOnToTheSameBits() throws IOException {
    TiltOracle oracle = TiltOracle.random(4, 3, 1);
    try (Prior prior = oracle.prior("12")) {
      PathSampler paths =
          PathSampler.of(prior, new AncestralStep(), oracle.score(), new Objective.Maximize());
      Renoising renoising = Renoising.of(paths, 1.5, 5, Batching.oneByOne(new Lanes(2, 1)));
      Course.Renoised course =
          new Course.Renoised(renoising, 3, RenoisedFileTest::images, ORIGINS, Device.CPU);
      try (Tensor start = images();
          RenoisedImages whole = renoising.run(3, start, ORIGINS)) {
        assertThat(whole.moves()).hasSize(5);
        for (int stop : new int[] {0, 1, 3, 5}) {
          Path file = folder.resolve("images-" + stop + ".safetensors");
          RenoisedImages now = course.start();
          for (int step = 0; step < stop; step++) {
            now = course.advance(now);
          }
          course.write(file, now);
          now.close();
          try (RenoisedImages done =
              new Walk(Duration.ofDays(1)).finish(course, file, new Progress.Task() {})) {
            assertThat(done.x().equal(whole.x())).as("after %d", stop).isTrue();
            assertThat(done.scores()).isEqualTo(whole.scores());
            assertThat(done.origins()).isEqualTo(ORIGINS);
            assertThat(done.accepted()).isEqualTo(whole.accepted());
            assertThat(done.moves()).isEqualTo(whole.moves());
          }
        }
      }
    }
  }

  private static Tensor images() {
    return Noise.normal(1, 0, 0, 4, 1, 2, 2);
  }

  @Test
  void whatIsNoneIsRefused() throws IOException {
    Path file = folder.resolve("images.safetensors");
    Files.write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(() -> RenoisedFile.read(file, Device.CPU))
        .isInstanceOf(CheckpointException.class);
  }
}
