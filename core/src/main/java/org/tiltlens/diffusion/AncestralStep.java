package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * Ancestral sampling, {@code x_{t-1} = mean + sqrt(variance) z}, and the mean alone at t = 0.
 *
 * <p>Ho et al. 2020 (DDPM), algorithm 2.
 */
public record AncestralStep() implements ReverseStep {
  @Override
  public Tensor step(
      NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise) {
    return t == 0
        ? prediction.mean()
        : prediction.mean().add(prediction.variance().sqrt().mul(noise));
  }

  @Override
  public boolean isNoisy() {
    return true;
  }
}
