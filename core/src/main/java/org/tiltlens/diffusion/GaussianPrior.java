package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The normal distribution N(mu, diag(S)) with its exact reverse diffusion: a prior whose every
 * answer is known.
 *
 * <pre>
 * V             = abar_t S + 1 - abar_t                               variance of x_t
 * E[x_0 | x_t]  = mu + sqrt(abar_t) S / V (x_t - sqrt(abar_t) mu)
 * Var[x_0 | x_t]= (1 - abar_t) S / V
 * p(x_{t-1} | x_t) = N(coef1 E[x_0 | x_t] + coef2 x_t,  btilde_t + coef1^2 Var[x_0 | x_t])
 * </pre>
 *
 * <p>The transition is exact, not a small-step approximation: it is q(x_{t-1} | x_t, x_0) (Ho et
 * al. 2020, equation 6) averaged over the exact q(x_0 | x_t). So ancestral sampling gives N(mu,
 * diag(S)) with any number of steps, up to two conventions every prior shares: x_T is drawn from
 * N(0, I), and no noise is added at t = 0, which leaves out Var[x_0 | x_0-th step], at most 1 -
 * abar_0.
 *
 * <p>Computes in the precision of {@code xt}.
 */
public final class GaussianPrior implements Prior {
  private final NoiseSchedule schedule;
  private final Tensor mean;
  private final Tensor variance;

  /**
   * Keeps copies of the parameters until {@link #close}.
   *
   * @param mean mu, (C, H, W)
   * @param variance S, (C, H, W), every element positive
   */
  public GaussianPrior(NoiseSchedule schedule, Tensor mean, Tensor variance) {
    if (mean.dim() != 3
        || !Tensors.describe(mean).equals(Tensors.describe(variance))
        || !(variance.min().item_double() > 0)) {
      throw new IllegalArgumentException(
          "a Gaussian prior needs a mean of shape CxHxW and a positive variance of the same shape,"
              + " not "
              + Tensors.describe(mean)
              + " and "
              + Tensors.describe(variance)
              + " with minimum "
              + variance.min().item_double());
    }
    this.schedule = schedule;
    // Kept last: what fails before is freed by the scope.
    try (Scope scope = Scope.open()) {
      this.mean = mean.clone();
      this.variance = variance.clone();
      Stream.of(this.mean, this.variance).forEach(Scope::keepForever);
    }
  }

  @Override
  public NoiseSchedule schedule() {
    return schedule;
  }

  @Override
  public long[] imageShape() {
    return Tensors.shape(mean);
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public Prediction predict(Tensor xt, int t) {
    double abar = schedule.alphaCumprod(t);
    double coef1 = schedule.posteriorMeanCoef1(t);
    Tensor mu = mean.to(xt);
    Tensor s = variance.to(xt);
    Tensor shrink = s.div(plus(scale(s, abar), 1 - abar)); // S / V
    Tensor x0Hat = mu.add(scale(shrink, Math.sqrt(abar)).mul(xt.sub(scale(mu, Math.sqrt(abar)))));
    Tensor x0Variance = scale(shrink, 1 - abar);
    Tensor stepVariance = plus(scale(x0Variance, coef1 * coef1), schedule.posteriorVariance(t));
    return new Prediction(x0Hat, schedule.posteriorMean(x0Hat, xt, t), stepVariance.expand_as(xt));
  }

  @Override
  public void close() {
    Scope.release(mean);
    Scope.release(variance);
  }
}
