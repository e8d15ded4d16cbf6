package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.groupNorm;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;

/**
 * Group normalisation as a network has it everywhere.
 *
 * @param groups of channels, which they divide
 * @param epsilon beside the variance
 */
record GroupNorms(int groups, double epsilon) {
  /** {@code GroupNorm32} of guided-diffusion. */
  static final GroupNorms ADM = new GroupNorms(32, 1e-5);

  /** The layer of that name. */
  Tensor of(Weights weights, String name, Tensor x) {
    return groupNorm(
        x, groups, weights.get(name + ".weight"), weights.get(name + ".bias"), epsilon);
  }
}
