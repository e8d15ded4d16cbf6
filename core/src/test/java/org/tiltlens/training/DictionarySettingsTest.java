package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.HookPoint;

class DictionarySettingsTest {
  private static ConvNext model() throws IOException {
    try (TensorStore store = Goldens.open("dinov3_convnext_hf")) {
      return ConvNext.open(store, Device.CPU);
    }
  }

  @Test
  void filtersAreNoLargerThanTheMapsAsk() throws IOException {
    try (ConvNext model = model()) {
      DictionarySettings usual = DictionarySettings.transcoder(model, "stages.1.0", 4, 8, 0);
      for (int[] each : new int[][] {{8, 1, 0}, {16, 3, 1}, {24, 5, 2}, {32, 7, 3}, {64, 7, 3}}) {
        DictionarySettings fitting = usual.forImagesOf(model, each[0]);
        assertThat(fitting.config().kernelSize()).as("%d pixels", each[0]).isEqualTo(each[1]);
        assertThat(fitting.config().padding()).isEqualTo(each[2]);
        assertThat(fitting.features()).isEqualTo(usual.features());
      }
      DictionarySettings plain =
          DictionarySettings.autoencoder(
              model, HookPoint.parse("stages.1.0.hook_resid_pre"), 4, 8, 0);
      assertThat(plain.forImagesOf(model, 16)).isEqualTo(plain);
    }
  }

  /** What the smaller filters leave away never sees the map. */
  @Test
  void weightsBeyondTheMapSeePaddingOnly() {
    try (Scope scope = Scope.open()) {
      Tensor map = Noise.normal(1, 0, 0, 2, 3, 2, 2);
      Tensor large = Noise.normal(2, 0, 0, 5, 3, 7, 7);
      Tensor small = large.narrow(2, 2, 3).narrow(3, 2, 3).contiguous();
      float[] whole = Tensors.toFloats(Layers.conv2d(map, large, null, 1, 3));
      float[] middle = Tensors.toFloats(Layers.conv2d(map, small, null, 1, 1));
      assertThat(whole).containsExactly(middle, within(1e-4f));
    }
  }
}
