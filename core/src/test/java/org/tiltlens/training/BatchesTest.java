package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class BatchesTest {
  private static final TrainingSettings SETTINGS = new TrainingSettings(3, 4, 1e-3, 0, 0, 0, 0, 0);

  /** Images that hold their own number. */
  private record Numbered(int size) implements LabelledImages {
    @Override
    public Tensor image(int index) {
      return Tensors.full(index, 3, 2, 2);
    }

    @Override
    public int label(int index) {
      return index;
    }

    @Override
    public int classes() {
      return size;
    }
  }

  @Test
  void everyEpochShowsEveryImageOnceInItsOwnOrder() {
    try (Scope scope = Scope.open()) {
      Batches batches = new Batches(new Numbered(6), Augmentation.NONE, SETTINGS, Device.CPU);
      List<Integer> shown = new ArrayList<>();
      for (int step = 0; step < 3; step++) {
        shown.addAll(batches.at(step).labels());
      }
      assertThat(shown.subList(0, 6)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
      assertThat(shown.subList(6, 12)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
      assertThat(shown.subList(6, 12)).isNotEqualTo(shown.subList(0, 6));
      assertThat(
              new Batches(new Numbered(6), Augmentation.NONE, SETTINGS, Device.CPU).at(1).labels())
          .isEqualTo(shown.subList(4, 8));
    }
  }

  @Test
  void flipsAndShiftsAreTheDraws() {
    try (Scope scope = Scope.open()) {
      Tensor image = Tensors.floats(new float[] {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}, 3, 2, 2);
      Augmentation both = new Augmentation(true, 1);
      float[] flipped = Tensors.toFloats(both.apply(image, new float[] {0.4f, 0.5f, 0.5f}, 0));
      assertThat(flipped).startsWith(2, 1, 4, 3);
      float[] shifted = Tensors.toFloats(both.apply(image, new float[] {0.6f, 0, 0.99f}, 0));
      assertThat(shifted).startsWith(2, 2, 2, 2);
    }
  }

  @Test
  void patchesComeBackAsTheyWere() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.floats(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 4);
      Tensor patches = Layers.pixelUnshuffle(x, 2);
      assertThat(Tensors.shape(patches)).containsExactly(1, 4, 1, 2);
      assertThat(Tensors.toFloats(patches)).containsExactly(1, 3, 2, 4, 5, 7, 6, 8);
      assertThat(Tensors.toFloats(Layers.pixelShuffle(patches, 2))).isEqualTo(Tensors.toFloats(x));
    }
  }
}
