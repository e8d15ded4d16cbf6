package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class TorchTest {
  @Test
  void gradientOfHalfASquareIsThePoint() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, -2, 3}, 3));
      Tensor gradient = Autograd.gradient(Tensors.scale(x.mul(x), 0.5).sum(), x);
      assertThat(Tensors.toFloats(gradient)).containsExactly(1, -2, 3);
      assertThat(gradient.requires_grad()).isFalse();
    }
  }

  @Test
  void gradientOfAConstantIsZero() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, 2}, 2));
      assertThat(Tensors.toFloats(Autograd.gradient(Tensors.full(3), x))).containsExactly(0, 0);
    }
  }

  @Test
  void gradientWantsASum() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Tensors.floats(new float[] {1, 2}, 2));
      assertThatThrownBy(() -> Autograd.gradient(x.mul(x), x)).hasMessageContaining("sum it first");
    }
  }

  @Test
  void keptTensorsOutliveTheirScope() {
    Tensor kept;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        kept = inner.keep(Tensors.full(7, 2));
      }
      assertThat(Tensors.toFloats(kept)).containsExactly(7, 7);
    }
    assertThat(kept.isNull()).isTrue();
    Tensor freed;
    try (Scope scope = Scope.open()) {
      freed = scope.keep(Tensors.full(8, 1));
    }
    assertThat(Tensors.toFloats(freed)).containsExactly(8);
    Scope.release(freed);
    assertThat(freed.isNull()).isTrue();
  }

  @Test
  void noiseIsNamedByItsNumbersAlone() {
    try (Scope scope = Scope.open()) {
      float[] first = Tensors.toFloats(Noise.normal(45, 3, 7, 1, 3, 8, 8));
      Noise.normal(1, 2, 3, 5);
      assertThat(Tensors.toFloats(Noise.normal(45, 3, 7, 1, 3, 8, 8))).isEqualTo(first);
      assertThat(Tensors.toFloats(Noise.normal(45, 3, 8, 1, 3, 8, 8))).isNotEqualTo(first);
      assertThat(Tensors.toFloats(Noise.normal(45, 4, 7, 1, 3, 8, 8))).isNotEqualTo(first);
      assertThat(Tensors.toFloats(Noise.normal(46, 3, 7, 1, 3, 8, 8))).isNotEqualTo(first);
    }
  }

  @Test
  void noiseIsStandardNormal() {
    try (Scope scope = Scope.open()) {
      double[] z = Tensors.toDoubles(Noise.normal(1, 0, 0, 100_000));
      double mean = java.util.Arrays.stream(z).average().orElseThrow();
      double variance =
          java.util.Arrays.stream(z).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      // Five standard errors: 1/sqrt(n) and sqrt(2/n).
      assertThat(Math.abs(mean)).isLessThan(0.016);
      assertThat(Math.abs(variance - 1)).isLessThan(0.023);
    }
  }

  @Test
  void lanesKeepTheOrderAndReportTheFailure() {
    assertThat(new Lanes(3, 1).map(10, i -> i * i))
        .isEqualTo(List.of(0, 1, 4, 9, 16, 25, 36, 49, 64, 81));
    assertThatThrownBy(
            () ->
                new Lanes(2, 1)
                    .map(
                        4,
                        i -> {
                          throw new IllegalStateException("sample " + i);
                        }))
        .hasMessageStartingWith("sample");
  }

  @Test
  void imagesSurviveTheRoundTrip() {
    try (Scope scope = Scope.open()) {
      var image = new java.awt.image.BufferedImage(2, 1, java.awt.image.BufferedImage.TYPE_INT_RGB);
      image.setRGB(0, 0, 0xFF0080);
      image.setRGB(1, 0, 0x123456);
      var back = Images.toImage(Images.toTensor(image));
      assertThat(back.getRGB(0, 0) & 0xFFFFFF).isEqualTo(0xFF0080);
      assertThat(back.getRGB(1, 0) & 0xFFFFFF).isEqualTo(0x123456);
    }
  }

  @Test
  void devicesAreCheckedByNameAndByMachine() {
    assertThatThrownBy(() -> new Device("gpu")).hasMessageContaining("cuda:0");
  }
}
