package org.tiltlens.measuring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.PooledModel;
import org.tiltlens.vision.VisionCheckpoint;

class JudgeMeasureTest {
  private static final HookPoint HOOK = HookPoint.parse("stages.1.0.hook_resid_post");
  private static final SpatialReduction REDUCTION = new SpatialReduction.Mix(0.7);
  private static final CentralCrop CROP = new CentralCrop(0.5);
  private static final Batching ONE_BY_ONE = Batching.oneByOne(new Lanes(2, 1));

  @TempDir private Path folder;

  private PooledModel vision;
  private ClassHead head;

  @BeforeEach
  void open() {
    vision =
        VisionCheckpoint.open(
            Path.of("src/test/resources/goldens/dinov3_convnext.pth"),
            Device.CPU,
            Optional.empty());
    Path file = folder.resolve("head.safetensors");
    try (Scope scope = Scope.open()) {
      long channels = vision.pooled(Noise.normal(1, 0, 0, 1, 3, 64, 64)).size(1);
      SafetensorsWriter.write(
          file,
          Map.of(
              ClassHead.WEIGHT, Noise.normal(2, 0, 0, 5, channels),
              ClassHead.BIAS, Tensors.zeros(5)),
          Map.of());
    }
    head = ClassHead.open(file, Device.CPU);
  }

  @AfterEach
  void close() {
    head.close();
    vision.close();
  }

  private JudgeMeasure judge() {
    return new JudgeMeasure(vision, head, HOOK, REDUCTION, CROP);
  }

  /** Images that differ enough to be of several classes. */
  private static Tensor images(int n) {
    return Tensors.cat(
        IntStream.range(0, n)
            .mapToObj(i -> Tensors.scale(Noise.normal(3, i, 0, 1, 3, 64, 64), 0.1).add(colour(i)))
            .toList(),
        0);
  }

  private static Tensor colour(int i) {
    return Tensors.floats(new float[] {i % 3 - 1, i % 2, i % 5 * 0.4f - 1}, 1, 3, 1, 1);
  }

  @Test
  void featuresAreReducedAsTheUnitsScoreIs() {
    try (Scope scope = Scope.open()) {
      Tensor images = images(3);
      List<JudgeMeasure.Seen> seen = judge().of(images, ONE_BY_ONE);
      assertThat(seen).hasSize(3);
      assertThat(seen.get(0).features()).hasSize(vision.channels(HOOK));
      for (int channel : new int[] {0, vision.channels(HOOK) - 1}) {
        UnitScore alone = new UnitScore(vision, HOOK, new Unit.Channel(channel), REDUCTION, CROP);
        double[] scores = Tensors.toDoubles(alone.of(images));
        for (int i = 0; i < 3; i++) {
          assertThat(seen.get(i).features()[channel])
              .isCloseTo(scores[i], within(1e-5 * (1 + Math.abs(scores[i]))));
        }
      }
    }
  }

  @Test
  void theClassIsTheLargestLogit() {
    try (Scope scope = Scope.open()) {
      Tensor images = images(8);
      List<Integer> labels =
          judge().of(images, ONE_BY_ONE).stream().map(JudgeMeasure.Seen::label).toList();
      assertThat(labels.stream().distinct().count()).isGreaterThan(1);
      double[][] logits = Tensors.rows(head.logits(vision.pooled(images)));
      for (int i = 0; i < 8; i++) {
        for (double other : logits[i]) {
          assertThat(logits[i][labels.get(i)]).isGreaterThanOrEqualTo(other);
        }
      }
    }
  }

  @Test
  void groupsAndLanesChangeNothing() {
    try (Scope scope = Scope.open()) {
      Tensor images = images(5);
      List<JudgeMeasure.Seen> one = judge().of(images, ONE_BY_ONE);
      List<JudgeMeasure.Seen> other = judge().of(images, Batching.oneByOne(new Lanes(1, 1)));
      List<JudgeMeasure.Seen> grouped = judge().of(images, Batching.together(2));
      for (int i = 0; i < 5; i++) {
        assertThat(other.get(i).features()).containsExactly(one.get(i).features());
        assertThat(grouped.get(i).label()).isEqualTo(one.get(i).label());
        assertThat(grouped.get(i).features()).containsExactly(one.get(i).features(), within(1e-4));
      }
    }
  }

  @Test
  void manyImagesAreSeenInTheirOrder() {
    try (Scope scope = Scope.open()) {
      int size = 67; // more than one group
      Tensor images = images(size);
      AtomicLong looked = new AtomicLong();
      List<JudgeMeasure.Seen> each =
          judge()
              .each(
                  size,
                  (from, to) -> images.narrow(0, from, to - from),
                  new Lanes(2, 1),
                  looked::addAndGet);
      assertThat(each).hasSize(size);
      assertThat(looked).hasValue(size);
      for (int i : new int[] {0, 63, 64, 66}) {
        JudgeMeasure.Seen alone = judge().of(images.narrow(0, i, 1), ONE_BY_ONE).get(0);
        assertThat(each.get(i).features()).containsExactly(alone.features(), within(1e-4));
      }
    }
  }

  @Test
  void whatIsNotFiniteIsTheJudges() {
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.full(Double.NaN, 1, 3, 64, 64);
      assertThatThrownBy(() -> judge().of(images, ONE_BY_ONE))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageContaining("the judge");
    }
  }
}
