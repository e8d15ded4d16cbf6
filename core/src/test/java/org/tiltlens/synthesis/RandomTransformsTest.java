package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class RandomTransformsTest {
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
    assertThat(RandomTransforms.forSize(224)).isEqualTo(standard);
    assertThat(RandomTransforms.forSize(1000)).isEqualTo(standard);
  }

  @Test
  void smallImagesArePaddedAndMovedInProportion() {
    RandomTransforms small = RandomTransforms.forSize(32);
    assertThat(List.of(small.pad(), small.jitter(), small.lastJitter())).containsExactly(2, 2, 1);
    assertThat(small.scales()).isEqualTo(RandomTransforms.STANDARD.scales());
  }

  @Test
  void noneLeavesTheImage() {
    Tensor image = Tensors.full(0.3, 1, 3, 4, 4);
    assertThat(apply(RandomTransforms.NONE, image, 0.7)).isSameAs(image);
  }

  @Test
  void padsWithGreyAndMovesUncoverBlack() {
    Tensor image = Tensors.full(1, 1, 1, 1, 1);
    Tensor moved = apply(new RandomTransforms(1, 2, ONE, ZERO, 1), image, 0.9);
    assertThat(Tensors.toFloats(moved)).containsExactly(0, 0, 0, 0, .5f, .5f, 0, .5f, 1);
  }

  @Test
  void shrinkingKeepsTheSizeAndGrowingDoesNot() {
    Tensor image = Tensors.full(1, 1, 1, 10, 10);
    Tensor small = apply(new RandomTransforms(0, 1, List.of(0.8), ZERO, 1), image, 0.5);
    assertThat(Tensors.shape(small)).containsExactly(1, 1, 10, 10);
    assertThat(small.sum().item_double()).isEqualTo(64);
    Tensor large = apply(new RandomTransforms(0, 1, List.of(1.1), ZERO, 1), image, 0.5);
    assertThat(Tensors.shape(large)).containsExactly(1, 1, 11, 11);
  }

  @Test
  void emptyChoicesAreRefused() {
    assertThatThrownBy(() -> new RandomTransforms(0, 1, List.of(), ZERO, 1))
        .hasMessageContaining("expected at least one number each");
    assertThatThrownBy(() -> new RandomTransforms(0, 0, ONE, ZERO, 1))
        .hasMessage("places of the first jitter 0, must be at least 1");
  }
}
