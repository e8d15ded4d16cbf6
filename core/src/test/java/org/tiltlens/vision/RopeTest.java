package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class RopeTest {
  @Test
  void tokensBeforeThePatchesStayAndPatchesKeepTheirLength() {
    try (Scope scope = Scope.open()) {
      Rope rope = Rope.of(2, 2, 3, List.of(1.0, 10.0), Device.CPU);
      var x = Noise.normal(1, 0, 0, 1, 1, 8, 8);
      float[] before = Tensors.toFloats(x);
      float[] after = Tensors.toFloats(rope.apply(x));
      for (int token = 0; token < 8; token++) {
        double norm = 0;
        double turned = 0;
        for (int channel = 0; channel < 8; channel++) {
          int i = token * 8 + channel;
          norm += before[i] * before[i];
          turned += after[i] * after[i];
          if (token < 2) {
            assertThat(after[i]).isEqualTo(before[i]);
          }
        }
        assertThat(turned).isCloseTo(norm, within(1e-5));
      }
    }
  }

  @Test
  void anglesFollowRowAndColumn() {
    try (Scope scope = Scope.open()) {
      // One unit in the first channel, then in the second: rotated by row and by column.
      Rope rope = Rope.of(0, 2, 4, List.of(3.0), Device.CPU);
      float[] x = new float[8 * 4];
      for (int patch = 0; patch < 8; patch++) {
        x[patch * 4] = 1;
        x[patch * 4 + 1] = 1;
      }
      float[] y = Tensors.toFloats(rope.apply(Tensors.floats(x, 1, 1, 8, 4)));
      double[] rows = {-0.5, 0.5};
      double[] columns = {-0.75, -0.25, 0.25, 0.75};
      for (int patch = 0; patch < 8; patch++) {
        double row = 2 * Math.PI * rows[patch / 4] / 3;
        double column = 2 * Math.PI * columns[patch % 4] / 3;
        double[] expected = {Math.cos(row), Math.cos(column), Math.sin(row), Math.sin(column)};
        for (int channel = 0; channel < 4; channel++) {
          assertThat((double) y[patch * 4 + channel]).isCloseTo(expected[channel], within(1e-6));
        }
      }
    }
  }
}
