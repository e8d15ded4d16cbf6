package org.tiltlens.unet;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/** What every UNet asks of the images it is given. */
final class UnetInput {
  private UnetInput() {}

  /**
   * Refuses images of another shape.
   *
   * @param channels of the images
   * @param multiple by how much the network makes them smaller
   * @throws IllegalArgumentException if they are not (N, channels, H, W) of multiples of it
   */
  static void require(Tensor x, int channels, int multiple) {
    if (x.dim() != 4
        || x.size(1) != channels
        || x.size(2) % multiple != 0
        || x.size(3) % multiple != 0) {
      throw new IllegalArgumentException(
          String.format(
              "the UNet wants Nx%dxHxW with H and W multiples of %d, not %s",
              channels, multiple, Tensors.describe(x)));
    }
  }
}
