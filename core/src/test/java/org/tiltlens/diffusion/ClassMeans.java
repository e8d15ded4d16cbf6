package org.tiltlens.diffusion;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;

/**
 * A class-conditional network whose images of class c are grey, {@code c / 10}: a prior's images
 * show which class each path is of.
 */
public record ClassMeans(int classes) implements Denoiser {
  private static final long SIDE = 2;

  /** Its prior with some classes, on a few steps. */
  public static DiffusionPrior prior(Integer... choices) {
    return new DiffusionPrior(
        new ClassMeans(10),
        NoiseSchedule.linear(1000).respaced("8"),
        new DiffusionPrior.Options(
            VarianceType.FIXED_SMALL,
            true,
            Told.STEP,
            Optional.of(new ClassLabels(List.of(choices))),
            Predicts.X0));
  }

  /** The class of an image. */
  public static int shown(Tensor image) {
    return (int) Math.round(10 * image.mean().item_double());
  }

  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    float[] means = new float[labels.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = labels[i] / 10f;
    }
    return Tensors.scale(x, 0).add(Tensors.floats(means, means.length, 1, 1, 1));
  }

  @Override
  public long[] imageShape() {
    return new long[] {3, SIDE, SIDE};
  }

  @Override
  public boolean learnsVariance() {
    return false;
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public void close() {}
}
