package org.tiltlens.unet;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;

/** What a network is told of the classes of its images: a learned vector each. */
final class ClassEmbedding {
  private ClassEmbedding() {}

  /**
   * One row per image; zero for an image of no class.
   *
   * @param table (classes, width)
   */
  static Tensor of(Tensor table, int[] labels, Device device) {
    long[] rows = Arrays.stream(labels).mapToLong(label -> Math.max(0, label)).toArray();
    Tensor vectors = table.index_select(0, device.place(Tensors.longs(rows, rows.length)));
    if (Arrays.stream(labels).noneMatch(label -> label == Denoiser.NO_CLASS)) {
      return vectors;
    }
    float[] told = new float[labels.length];
    for (int i = 0; i < told.length; i++) {
      told[i] = labels[i] == Denoiser.NO_CLASS ? 0 : 1;
    }
    return vectors.mul(device.place(Tensors.floats(told, told.length, 1)));
  }

  /**
   * Refuses labels that do not fit the images or the network.
   *
   * @param labels null for none
   * @param classes that the network knows, 0 for none
   */
  static void require(long images, double[] timesteps, int[] labels, int classes) {
    if (timesteps.length != images || (labels != null && labels.length != images)) {
      throw new IllegalArgumentException(
          String.format(
              "%d images need as many timesteps and labels, not %d and %s",
              images, timesteps.length, labels == null ? "none" : labels.length));
    }
    if ((labels != null) != (classes > 0)) {
      throw new IllegalArgumentException(
          labels == null
              ? "the UNet is class-conditional: give a label from 0 to " + (classes - 1)
              : "the UNet is not class-conditional: give no label");
    }
    if (labels != null) {
      for (int label : labels) {
        if (label != Denoiser.NO_CLASS && (label < 0 || label >= classes)) {
          throw new IllegalArgumentException(
              "class label " + label + " does not exist: 0.." + (classes - 1));
        }
      }
    }
  }
}
