package org.tiltlens.diffusion;

import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Samples of the prior itself.
 *
 * @param prior what to sample; stays the caller's
 * @param step how to go from x_t to x_{t-1}
 */
public record UnguidedSampler(Prior prior, ReverseStep step) {
  /**
   * Samples number {@code indices} of the run {@code seed}, which go through the network together:
   * (N, C, H, W). Each is the same, up to rounding, whichever others are drawn; alone to the bit.
   *
   * <p>Draw 0 of a sample's noise is x_T, draw n that of the n-th step taken.
   */
  public Tensor sample(long seed, long... indices) {
    NoiseSchedule schedule = prior.schedule();
    return Scope.of(
        () -> {
          Tensor x = noise(seed, indices, 0);
          Tensor before = x.clone();
          Prior own = prior.along(() -> noise(seed, indices, 0));
          int first = schedule.steps() - 1;
          for (int t = first; t >= 0; t--) {
            try (Scope scope = Scope.open()) {
              Tensor z = noise(seed, indices, schedule.steps() - t);
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

  private Tensor noise(long seed, long[] indices, long draw) {
    long[] image = prior.noiseShape();
    List<Tensor> each =
        LongStream.of(indices)
            .mapToObj(i -> Noise.normal(seed, i, draw, 1, image[0], image[1], image[2]))
            .toList();
    return prior.device().place(Tensors.cat(each, 0));
  }
}
