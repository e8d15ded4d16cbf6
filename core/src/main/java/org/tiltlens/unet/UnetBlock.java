package org.tiltlens.unet;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/** A part of the UNet: what it computes and which weights it needs, holding none itself. */
interface UnetBlock {
  /** Names the tensors this block needs. */
  void expect(UnetShapes shapes);

  /**
   * Applies the block.
   *
   * @param x (N, C, H, W)
   * @param told the timestep, and what else the network is told
   */
  Tensor forward(Weights weights, Tensor x, Condition told);
}
