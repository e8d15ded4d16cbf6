package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.torch.Precision.BF16;
import static org.tiltlens.torch.Precision.FP16;
import static org.tiltlens.torch.Precision.FP32;
import static org.tiltlens.torch.Precision.TF32;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrecisionTest {
  /** 1 + 2^-10 is a number of 11 bits, and 1 in 8. */
  @Test
  void productsHaveTheBitsThatAreSaid() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.floats(new float[] {1 + 0x1p-10f, 1 + 0x1p-20f}, 2, 1);
      Tensor one = Tensors.floats(new float[] {1}, 1, 1);
      assertThat(product(FP32, x, one)).containsExactly(1 + 0x1p-10f, 1 + 0x1p-20f);
      assertThat(product(FP16, x, one)).containsExactly(1 + 0x1p-10f, 1);
      assertThat(product(BF16, x, one)).containsExactly(1, 1);
    }
  }

  private static float[] product(Precision precision, Tensor x, Tensor weight) {
    Device device = new Device("cpu", precision);
    Tensor found = device.compute(() -> Layers.linear(x, weight, null));
    assertThat(found.scalar_type().intern()).isEqualTo(ScalarType.Float);
    return Tensors.toFloats(found);
  }

  @Test
  void onlyWhatMultipliesIsKeptInFewerBits() {
    try (Scope scope = Scope.open()) {
      Tensor filters = Tensors.zeros(4, 3, 3, 3);
      assertThat(BF16.weight("in.weight", filters).scalar_type().intern())
          .isEqualTo(ScalarType.BFloat16);
      assertThat(FP16.weight("in.weight", filters).scalar_type().intern())
          .isEqualTo(ScalarType.Half);
      assertThat(TF32.weight("in.weight", filters).scalar_type().intern())
          .isEqualTo(ScalarType.Float);
      assertThat(BF16.weight("norm.weight", Tensors.zeros(4)).scalar_type().intern())
          .isEqualTo(ScalarType.Float);
      assertThat(BF16.weight("pos_embed", Tensors.zeros(1, 5, 4)).scalar_type().intern())
          .isEqualTo(ScalarType.Float);
    }
  }

  /** Or a judge that computes next would be of that precision too. */
  @Test
  void whatComesAfterIsFloat32AlsoWhereOneFails() {
    Device half = new Device("cpu", BF16);
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.floats(new float[] {1 + 0x1p-20f}, 1, 1);
      Tensor one = Tensors.floats(new float[] {1}, 1, 1);
      assertThatThrownBy(
              () ->
                  half.compute(
                      () -> {
                        throw new IllegalStateException("in the network");
                      }))
          .hasMessage("in the network");
      assertThat(torch.is_autocast_enabled(torch.DeviceType.CPU)).isFalse();
      assertThat(Tensors.toFloats(Layers.linear(x, one, null))).containsExactly(1 + 0x1p-20f);
    }
  }

  /** What autocast keeps of one leaf must not stand in for the next, which may lie where it lay. */
  @Test
  void everyGraphIsOfItsOwnLeaf() {
    Device half = new Device("cpu", BF16);
    try (Scope scope = Scope.open()) {
      Tensor weight = Tensors.floats(new float[] {3}, 1, 1);
      for (int i = 1; i < 50; i++) {
        float value = i;
        try (Scope step = Scope.open()) {
          Tensor x = Autograd.leaf(Tensors.floats(new float[] {value}, 1, 1));
          Tensor y = half.compute(() -> Layers.linear(x, weight, null).square());
          assertThat(Tensors.toFloats(Autograd.gradient(y.sum(), x))[0])
              .isEqualTo(2 * 9 * value, org.assertj.core.api.Assertions.within(0.01f * 18 * value));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void isNamedAsItIsWritten(Precision precision) {
    assertThat(Precision.named(precision.toString())).isEqualTo(precision);
  }

  @Test
  void whatThereIsNotIsRefused() {
    assertThatThrownBy(() -> Precision.named("float8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unknown `precision` 'float8': use one of fp32, tf32, bf16, fp16");
    assertThatThrownBy(() -> new Device("cpu", TF32).requireAvailable())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tf32 is of NVIDIA's cards");
  }

  @Test
  void otherPrecisionsAreOtherDevicesWithTheSameFullOne() {
    Device half = new Device("cpu", BF16);
    assertThat(half).isNotEqualTo(Device.CPU).hasToString("cpu in bf16");
    assertThat(half.inFull()).isEqualTo(Device.CPU).hasToString("cpu");
  }
}
