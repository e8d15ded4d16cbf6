package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.AscentFile;
import org.tiltlens.sampling.CloudFile;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.sampling.Walk;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** What was drawn before a failure is freed by it. */
class FreedOnFailureTest {
  @TempDir private Path folder;

  @Test
  void aWalkThatIsStopped() {
    Score red = images -> Tensors.mean(images.select(1, 0), 1, 2);
    Guidance tilt = new Guidance.Tilt(2, new Objective.Maximize(), Strength.FULL);
    Progress.Task stopping =
        new Progress.Task() {
          @Override
          public void note(String state) {
            throw new IllegalStateException("stopped");
          }
        };
    long left =
        LiveNative.leftBy(
            () -> {
              try (Prior prior = prior()) {
                GuidedSampler sampler = new GuidedSampler(prior, red, tilt, new AncestralStep());
                Course.Guided course = new Course.Guided(sampler, 3, List.of(0), Device.CPU);
                Walk walk = new Walk(Duration.ofDays(1));
                assertThatThrownBy(() -> walk.finish(course, folder.resolve("under-way"), stopping))
                    .hasMessage("stopped");
              }
            });
    assertThat(left).isZero();
  }

  private static Prior prior() {
    try (Scope scope = Scope.open()) {
      NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("5");
      return new GaussianPrior(schedule, Tensors.zeros(3, 2, 2), Tensors.full(1, 3, 2, 2));
    }
  }

  /** A file with all tensors of all kinds of state, but with words for the last numbers read. */
  private Path damaged(String samples) {
    Path file = folder.resolve("damaged-" + samples + ".safetensors");
    Map<String, String> metadata = new TreeMap<>();
    List.of("seed", "step").forEach(name -> metadata.put(name, "1"));
    metadata.put("samples", samples);
    metadata.put("path_kl", "none");
    metadata.put("log_weights", "none");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors =
          Map.of("x", Tensors.zeros(1, 3, 2, 2), "before", Tensors.zeros(1, 3, 2, 2));
      SafetensorsWriter.write(file, tensors, metadata);
    }
    return file;
  }

  @Test
  void theTensorsOfStatesWhoseNumbersAreDamaged() {
    Path file = damaged("0");
    Path ascent = damaged("none");
    long left =
        LiveNative.leftBy(
            () -> {
              assertThatThrownBy(() -> TrajectoryFile.read(file, Device.CPU))
                  .isInstanceOf(CheckpointException.class);
              assertThatThrownBy(() -> CloudFile.read(file, Device.CPU))
                  .isInstanceOf(CheckpointException.class);
              assertThatThrownBy(() -> AscentFile.read(ascent))
                  .isInstanceOf(CheckpointException.class);
            });
    assertThat(left).isZero();
  }
}
