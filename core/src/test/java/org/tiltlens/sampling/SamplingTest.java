package org.tiltlens.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("rounding")
class SamplingTest {
  private static final int STEPS = 5;
  private static final Score RED = images -> Tensors.mean(images.select(1, 0), 1, 2);

  @TempDir private Path folder;

  private static Prior prior() {
    try (Scope scope = Scope.open()) {
      NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced(Integer.toString(STEPS));
      return new GaussianPrior(schedule, Tensors.zeros(3, 2, 2), Tensors.full(1, 3, 2, 2));
    }
  }

  private static GuidedSampler sampler(Prior prior, Score score) {
    Guidance tilt = new Guidance.Tilt(2, new Objective.Maximize(), Strength.FULL);
    return new GuidedSampler(prior, score, tilt, new AncestralStep());
  }

  /** The mean of each of {@code count} samples, {@code together} of them at a time. */
  private List<Double> means(String out, int together, int count, Progress.Task task)
      throws IOException {
    return means(out, together, count, RED, task);
  }

  private List<Double> means(String out, int together, int count, Score score, Progress.Task task)
      throws IOException {
    try (Prior prior = prior();
        RunFolder run = RunFolder.open(folder.resolve(out), "same")) {
      Batching batching = new Batching(together, new Lanes(1, 1));
      Sampling sampling = new Sampling(run, new Walk(Duration.ZERO), 3, Device.CPU, batching);
      return sampling.each("pilot-0", sampler(prior, score), count, SamplingTest::means, task);
    }
  }

  private static List<Double> means(Tensor images) {
    return IntStream.range(0, (int) images.size(0))
        .mapToObj(i -> images.select(0, i).mean().item_double())
        .toList();
  }

  private static Progress.Task counting(AtomicLong steps) {
    return new Progress.Task() {
      @Override
      public void advance(long more) {
        steps.addAndGet(more);
      }
    };
  }

  private static final Progress.Task SILENT = new Progress.Task() {};

  @Test
  void aBatchDrawsTheSamplesOfItsNumbers() throws IOException {
    List<Double> alone = means("alone", 1, 7, SILENT);
    assertThat(alone).doesNotHaveDuplicates();
    // This prior computes element by element, so that a batch rounds as its images do.
    assertThat(means("batches", 3, 7, SILENT)).isEqualTo(alone);
  }

  /** A card on which something else takes the room for more than two images, in the third step. */
  @Test
  void aBatchWithoutRoomGoesOnInHalves() throws IOException {
    AtomicLong steps = new AtomicLong();
    Score crowded =
        images -> {
          if (steps.incrementAndGet() > 2 && images.size(0) > 2) {
            throw new IllegalStateException("CUDA out of memory. Tried to allocate 2.00 GiB");
          }
          return RED.of(images);
        };
    assertThat(means("halves", 4, 7, crowded, SILENT)).isEqualTo(means("alone", 1, 7, SILENT));
    // Two of four images, the third that fails, the rest of the first two's, three more groups'.
    assertThat(steps).hasValue(2 + 1 + (STEPS - 2) + 3 * STEPS);
  }

  /** As after a kill, when groups are whole again. */
  @Test
  void whatWasKeptOfAnotherGroupIsNotTakenForThis() throws IOException {
    assertThatThrownBy(() -> means("out", 2, 2, stoppingAt(3))).hasMessage("stopped");
    assertThat(means("out", 4, 4, SILENT)).isEqualTo(means("whole", 4, 4, SILENT));
  }

  private static Progress.Task stoppingAt(int note) {
    AtomicLong notes = new AtomicLong();
    return new Progress.Task() {
      @Override
      public void note(String state) {
        if (notes.incrementAndGet() == note) {
          throw new IllegalStateException("stopped");
        }
      }
    };
  }

  @Test
  void drawsOnlyWhatIsMissing() throws IOException {
    List<Double> three = means("out", 1, 3, SILENT);
    Path second = folder.resolve("out/.state/pilot-0-1.safetensors");
    Files.delete(second);
    byte[] first = Files.readAllBytes(folder.resolve("out/.state/pilot-0-0.safetensors"));
    AtomicLong steps = new AtomicLong();
    List<Double> seven = means("out", 4, 7, counting(steps));
    assertThat(seven.subList(0, 3)).isEqualTo(three);
    assertThat(seven).isEqualTo(means("whole", 1, 7, SILENT));
    assertThat(steps).hasValue(7L * STEPS);
    assertThat(folder.resolve("out/.state/pilot-0-0.safetensors")).hasBinaryContent(first);
    assertThat(second).exists();
  }

  @Test
  void aStoppedBatchGoesOn() throws IOException {
    assertThatThrownBy(() -> means("out", 4, 4, stoppingAt(3))).hasMessage("stopped");
    Path underWay = folder.resolve("out/.state/pilot-0-from-0.safetensors");
    assertThat(underWay).exists();
    assertThat(IntStream.range(0, 4).mapToObj(i -> "out/.state/pilot-0-" + i + ".safetensors"))
        .noneMatch(name -> Files.exists(folder.resolve(name)));
    assertThat(means("out", 4, 4, SILENT)).isEqualTo(means("whole", 4, 4, SILENT));
    assertThat(underWay).doesNotExist();
  }
}
