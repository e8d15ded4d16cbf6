package org.tiltlens.diffusion;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Samples of the prior itself.
 *
 * @param prior what to sample; stays the caller's
 * @param step how to go from x_t to x_{t-1}
 */
public record UnguidedSampler(Prior prior, ReverseStep step) {
  /**
   * Sample number {@code index} of the run {@code seed}: one image (1, C, H, W), the same whichever
   * others are drawn.
   *
   * <p>Draw 0 of the sample's noise is x_T, draw n that of the n-th step taken.
   */
  public Tensor sample(long seed, long index) {
    NoiseSchedule schedule = prior.schedule();
    return Scope.of(
        () -> {
          Tensor x = noise(seed, index, 0);
          Tensor before = x.clone();
          Prior own = prior.along(() -> noise(seed, index, 0));
          int first = schedule.steps() - 1;
          for (int t = first; t >= 0; t--) {
            try (Scope scope = Scope.open()) {
              Tensor z = noise(seed, index, schedule.steps() - t);
              Prediction prediction = own.predict(x, t);
              // Into the same memory, so that a run of any length needs two images.
              Tensor last = t == first ? null : before;
              x.copy_(step.step(schedule, prediction, last, own::predict, x, t, z));
              before.copy_(prediction.x0Hat());
            }
          }
          return prior.decode(x);
        });
  }

  private Tensor noise(long seed, long index, long draw) {
    long[] image = prior.noiseShape();
    return prior.device().place(Noise.normal(seed, index, draw, 1, image[0], image[1], image[2]));
  }
}
