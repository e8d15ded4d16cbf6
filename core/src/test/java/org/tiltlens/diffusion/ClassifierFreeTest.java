package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ClassifierFreeTest {
  /** Says the class, and as its variance where between the bounds ten times that is. */
  private record Learned(ClassMeans means) implements Denoiser {
    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      Tensor said = means.forward(x, timesteps, labels);
      return Tensors.cat(List.of(said, Tensors.scale(said, 10)), 1);
    }

    @Override
    public long[] imageShape() {
      return means.imageShape();
    }

    @Override
    public boolean learnsVariance() {
      return true;
    }

    @Override
    public int classes() {
      return means.classes();
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public void close() {}
  }

  /** Of no class a network of class means says -0.1. */
  private static double[] said(Denoiser network, double scale, int... labels) {
    try (Denoiser guided = new ClassifierFree(network, scale);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.full(0.5, labels.length, 3, 2, 2);
      Tensor output = guided.forward(x, new double[labels.length], labels);
      return Tensors.toDoubles(output.select(2, 0).select(2, 0).flatten());
    }
  }

  @Test
  void predictionGoesBeyondWhatNoClassIsToldOf() {
    Denoiser network = new ClassMeans(10);
    assertThat(said(network, 1, 3)).containsExactly(new double[] {0.3, 0.3, 0.3}, within(1e-6));
    assertThat(said(network, 0, 3)).containsExactly(new double[] {-0.1, -0.1, -0.1}, within(1e-6));
    assertThat(said(network, 2, 3, 5))
        .containsExactly(new double[] {0.7, 0.7, 0.7, 1.1, 1.1, 1.1}, within(1e-6));
  }

  @Test
  void learnedVarianceIsThatOfTheClass() {
    assertThat(said(new Learned(new ClassMeans(10)), 2, 3))
        .containsExactly(new double[] {0.7, 0.7, 0.7, 3, 3, 3}, within(1e-6));
  }

  @Test
  void scaleAndNetworkMustFit() {
    assertThatThrownBy(() -> new ClassifierFree(new ClassMeans(10), -1))
        .hasMessageContaining("-1.0, must be a finite number of at least 0");
    assertThatThrownBy(() -> new ClassifierFree(new ClassMeans(10), Double.NaN))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> new ClassifierFree(new ClassMeans(0), 2))
        .hasMessageContaining("not class-conditional");
  }
}
