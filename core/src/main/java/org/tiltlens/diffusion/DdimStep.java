package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;

/**
 * A DDIM step, which uses the prediction's x0Hat only.
 *
 * <pre>
 * x_{t-1} = sqrt(abar_{t-1}) x0Hat + sqrt(1 - abar_{t-1} - sigma^2) epsilon + sigma z
 * sigma^2 = eta^2 btilde_t           epsilon = the noise that turns x0Hat into x_t
 * </pre>
 *
 * <p>Song, Meng and Ermon 2021, equations 12 and 16. No noise at t = 0.
 *
 * @param eta 0: deterministic; 1: as noisy as ancestral sampling with variance btilde
 */
public record DdimStep(double eta) implements ReverseStep {
  public DdimStep {
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("DDIM eta: " + eta + ", must be between 0 and 1");
    }
  }

  @Override
  public Tensor step(
      NoiseSchedule schedule, Prediction prediction, Tensor xt, int t, Tensor noise) {
    double abarPrev = schedule.alphaCumprodPrev(t);
    // btilde is 0 at t = 0, so nothing is added there.
    double variance = eta * eta * schedule.posteriorVariance(t);
    Tensor x0Hat = prediction.x0Hat();
    Tensor epsilon = schedule.epsilon(xt, x0Hat, t);
    Tensor mean =
        scale(x0Hat, Math.sqrt(abarPrev)).add(scale(epsilon, Math.sqrt(1 - abarPrev - variance)));
    return variance == 0 ? mean : mean.add(scale(noise, Math.sqrt(variance)));
  }

  @Override
  public boolean isNoisy() {
    return eta > 0;
  }
}
