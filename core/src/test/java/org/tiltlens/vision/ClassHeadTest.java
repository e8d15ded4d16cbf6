package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ClassHeadTest {
  @TempDir private Path folder;

  private Path written(Map<String, Tensor> tensors) {
    Path file = folder.resolve("head.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  private static Tensor weight() {
    return Tensors.floats(new float[] {1, 2, 0, -1, 3, 3}, 3, 2);
  }

  @Test
  void logitsAreTheVectorsTimesTheWeightsPlusTheBias() {
    try (Scope scope = Scope.open()) {
      Tensor bias = Tensors.floats(new float[] {0, 10, -5}, 3);
      Path file = written(Map.of("head.weight", weight(), "head.bias", bias));
      try (ClassHead head = ClassHead.open(file, Device.CPU)) {
        assertThat(head.classes()).isEqualTo(3);
        Tensor logits = head.logits(Tensors.floats(new float[] {1, 1, 0, 2}, 2, 2));
        assertThat(Tensors.toFloats(logits)).containsExactly(3, 9, 1, 4, 8, 1);
        assertThatThrownBy(() -> head.logits(Tensors.zeros(2, 3)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("classifies vectors of 2 channels");
      }
    }
  }

  @Test
  void otherFilesAreNamed() {
    try (Scope scope = Scope.open()) {
      for (Map<String, Tensor> tensors :
          List.of(
              Map.of("weight", weight()),
              Map.of("head.weight", Tensors.zeros(3), "head.bias", Tensors.zeros(3)))) {
        Path file = written(tensors);
        assertThatThrownBy(() -> ClassHead.open(file, Device.CPU))
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("head.safetensors holds no classifier's head");
      }
      Path mismatched = written(Map.of("head.weight", weight(), "head.bias", Tensors.zeros(2)));
      assertThatThrownBy(() -> ClassHead.open(mismatched, Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("head.bias");
    }
  }
}
