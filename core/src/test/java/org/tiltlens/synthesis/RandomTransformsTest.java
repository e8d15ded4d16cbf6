package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class RandomTransformsTest {
  private static final int SMALL = 32;
  private static final List<Double> ONE = List.of(1.0);
  private static final List<Double> ZERO = List.of(0.0);

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor apply(RandomTransforms transforms, Tensor image, double uniform) {
    return transforms.apply(image, Tensors.full(uniform, RandomTransforms.DRAWS));
  }

  @Test
  void publishedOnesAreLucents() {
    RandomTransforms standard = RandomTransforms.STANDARD;
    assertThat(standard.pad()).isEqualTo(12);
    assertThat(standard.jitter()).isEqualTo(8);
    assertThat(standard.lastJitter()).isEqualTo(4);
    assertThat(standard.scales()).hasSize(11).startsWith(0.9).endsWith(1.1);
    assertThat(standard.degrees()).hasSize(26).startsWith(-10.0).contains(10.0);
    assertThat(standard.degrees().stream().filter(d -> d == 0)).hasSize(6);
    assertThat(standard.side()).isZero();
    assertThat(RandomTransforms.forSize(224, 16)).isEqualTo(standard);
    assertThat(RandomTransforms.forSize(1000, 4)).isEqualTo(standard);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void smallImagesAreSeenInEveryPhaseOfTheStem(int stride) {
    RandomTransforms small = RandomTransforms.forSize(SMALL, stride);
    RandomTransforms moves =
        new RandomTransforms(
            small.pad(), small.jitter(), ONE, ZERO, small.lastJitter(), small.side());
    Tensor image = Tensors.zeros(1, 1, SMALL, SMALL);
    image.select(2, 8).select(2, 8).fill_(new Scalar(1));
    Set<Integer> phases = new TreeSet<>();
    for (int draw = 0; draw < 40 * stride * stride; draw++) {
      Tensor view = moves.apply(image, Noise.uniform(1, 0, draw, RandomTransforms.DRAWS));
      assertThat(view.sum().item_double()).as("the pixel is still there").isEqualTo(1);
      int place = (int) view.flatten().argmax().item_long();
      phases.add(place / SMALL % stride * stride + place % stride);
    }
    assertThat(phases).hasSize(stride * stride);
  }

  @Test
  void viewsOfSmallImagesHaveTheModelsInputSize() {
    RandomTransforms small = RandomTransforms.forSize(SMALL, 4);
    Tensor image = Tensors.full(0.7, 1, 3, SMALL, SMALL);
    for (int draw = 0; draw < 100; draw++) {
      Tensor view = small.apply(image, Noise.uniform(1, 0, draw, RandomTransforms.DRAWS));
      assertThat(Tensors.shape(view)).containsExactly(1, 3, SMALL, SMALL);
    }
    assertThat(small.scales()).isEqualTo(RandomTransforms.STANDARD.scales());
    assertThat(small.degrees()).isEqualTo(RandomTransforms.STANDARD.degrees());
  }

  /** The first move, the middle scale, not turned: the picture as it is, without a frame. */
  @Test
  void barePicturesAreAmongTheViewsOfSmallImages() {
    RandomTransforms small = RandomTransforms.forSize(SMALL, 4);
    Tensor image = Noise.uniform(1, 0, 0, 1, 3, SMALL, SMALL);
    Tensor draws = Tensors.floats(new float[] {0, 0, 0.5f, 0.99f, 0, 0}, RandomTransforms.DRAWS);
    assertThat(Tensors.toFloats(small.apply(image, draws))).isEqualTo(Tensors.toFloats(image));
  }

  @Test
  void resizingKeepsTheCorners() {
    Tensor image = Tensors.floats(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Tensor resized = apply(new RandomTransforms(0, 1, ONE, ZERO, 1, 3), image, 0);
    assertThat(Tensors.toFloats(resized)).containsExactly(1, 1.5f, 2, 2, 2.5f, 3, 3, 3.5f, 4);
  }

  @Test
  void noneLeavesTheImage() {
    Tensor image = Tensors.full(0.3, 1, 3, 4, 4);
    assertThat(apply(RandomTransforms.NONE, image, 0.7)).isSameAs(image);
  }

  @Test
  void padsWithGreyAndMovesUncoverBlack() {
    Tensor image = Tensors.full(1, 1, 1, 1, 1);
    Tensor moved = apply(new RandomTransforms(1, 2, ONE, ZERO, 1, 0), image, 0.9);
    assertThat(Tensors.toFloats(moved)).containsExactly(0, 0, 0, 0, .5f, .5f, 0, .5f, 1);
  }

  @Test
  void shrinkingKeepsTheSizeAndGrowingDoesNot() {
    Tensor image = Tensors.full(1, 1, 1, 10, 10);
    Tensor small = apply(new RandomTransforms(0, 1, List.of(0.8), ZERO, 1, 0), image, 0.5);
    assertThat(Tensors.shape(small)).containsExactly(1, 1, 10, 10);
    assertThat(small.sum().item_double()).isEqualTo(64);
    Tensor large = apply(new RandomTransforms(0, 1, List.of(1.1), ZERO, 1, 0), image, 0.5);
    assertThat(Tensors.shape(large)).containsExactly(1, 1, 11, 11);
  }

  @Test
  void emptyChoicesAreRefused() {
    assertThatThrownBy(() -> new RandomTransforms(0, 1, List.of(), ZERO, 1, 0))
        .hasMessageContaining("expected at least one number each");
    assertThatThrownBy(() -> new RandomTransforms(0, 0, ONE, ZERO, 1, 0))
        .hasMessage("places of the first jitter 0, must be at least 1");
    assertThatThrownBy(() -> RandomTransforms.forSize(SMALL, 0))
        .hasMessage("stride 0, must be at least 1");
  }
}
