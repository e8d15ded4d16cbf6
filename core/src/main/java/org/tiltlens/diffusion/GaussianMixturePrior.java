package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A mixture of normal distributions, {@code p = sum_k pi_k N(mu_k, diag(S_k))}, with its exact
 * denoiser: the simplest prior for which plug-in guidance is biased.
 *
 * <pre>
 * V_k   = abar_t S_k + 1 - abar_t
 * r_k   = pi_k N(x_t; sqrt(abar_t) mu_k, V_k) / sum                            P(component k | x_t)
 * m_k   = mu_k + sqrt(abar_t) S_k / V_k (x_t - sqrt(abar_t) mu_k)              E[x_0 | x_t, k]
 * E[x_0 | x_t]   = sum_k r_k m_k
 * Var[x_0 | x_t] = sum_k r_k ((1 - abar_t) S_k / V_k + m_k^2) - E[x_0 | x_t]^2  element by element
 * p(x_{t-1} | x_t) = N(coef1 E[x_0 | x_t] + coef2 x_t,  btilde_t + coef1^2 Var[x_0 | x_t])
 * </pre>
 *
 * <p>Denoiser and moments are exact at every noise level (Efron 2011, Tweedie's formula). The
 * transition is <em>not</em>: the true q(x_{t-1} | x_t) is a mixture again, of which the normal
 * distribution keeps the mean and each element's variance. The smaller the steps the more btilde_t
 * outweighs the rest, and the samples' distribution tends to p; with few steps it differs.
 *
 * <p>Computes in float64, and returns the precision of {@code xt}.
 */
public final class GaussianMixturePrior implements Prior {
  private final NoiseSchedule schedule;
  private final long[] imageShape;

  /** log pi_k, (K). */
  private final Tensor logWeights;

  /** mu_k, (K, D). */
  private final Tensor means;

  /** The diagonals of S_k, (K, D). */
  private final Tensor variances;

  /**
   * Keeps copies of the parameters until {@link #close}.
   *
   * @param weights pi_k, (K), every one positive; only their ratios count
   * @param means mu_k, (K, C, H, W)
   * @param variances S_k, (K, C, H, W), every element positive
   */
  public GaussianMixturePrior(
      NoiseSchedule schedule, Tensor weights, Tensor means, Tensor variances) {
    if (means.dim() != 4
        || weights.dim() != 1
        || weights.size(0) != means.size(0)
        || !Tensors.describe(means).equals(Tensors.describe(variances))
        || !(weights.min().item_double() > 0)
        || !(variances.min().item_double() > 0)) {
      throw new IllegalArgumentException(
          "a Gaussian mixture needs K positive weights, means of shape KxCxHxW and positive"
              + " variances of the same shape, not "
              + Tensors.describe(weights)
              + ", "
              + Tensors.describe(means)
              + " and "
              + Tensors.describe(variances)
              + " with minimum "
              + variances.min().item_double());
    }
    this.schedule = schedule;
    this.imageShape = Arrays.copyOfRange(Tensors.shape(means), 1, 4);
    // Kept last: what fails before is freed by the scope.
    try (Scope scope = Scope.open()) {
      this.logWeights = float64(weights).log();
      this.means = rows(means).clone();
      this.variances = rows(variances).clone();
      Stream.of(this.logWeights, this.means, this.variances).forEach(Scope::keepForever);
    }
  }

  @Override
  public NoiseSchedule schedule() {
    return schedule;
  }

  @Override
  public long[] imageShape() {
    return imageShape.clone();
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public Prediction predict(Tensor xt, int t) {
    double abar = schedule.alphaCumprod(t);
    double coef1 = schedule.posteriorMeanCoef1(t);
    Tensor x = rows(xt); // (N, D)
    Tensor centre = scale(means, Math.sqrt(abar)); // (K, D), as are all that follow but r
    Tensor v = plus(scale(variances, abar), 1 - abar);
    Tensor shrink = variances.div(v);
    Tensor r = responsibilities(x, centre, v); // (N, K)

    // m_k = offset_k + slope_k x, so that no (N, K, D) is needed.
    Tensor slope = scale(shrink, Math.sqrt(abar));
    Tensor offset = means.sub(slope.mul(centre));
    Tensor x0 = r.matmul(offset).add(x.mul(r.matmul(slope))); // (N, D)
    Tensor square =
        r.matmul(scale(shrink, 1 - abar).add(offset.square()))
            .add(scale(x.mul(r.matmul(offset.mul(slope))), 2))
            .add(x.square().mul(r.matmul(slope.square()))); // E[x_0^2 | x_t]
    Tensor variance =
        plus(scale(square.sub(x0.square()), coef1 * coef1), schedule.posteriorVariance(t));

    Tensor x0Hat = x0.view_as(xt).to(xt);
    return new Prediction(x0Hat, schedule.posteriorMean(x0Hat, xt, t), variance.view_as(xt).to(xt));
  }

  /** P(component k | x_t): (N, D) -> (N, K). */
  private Tensor responsibilities(Tensor x, Tensor centre, Tensor v) {
    Tensor precision = v.reciprocal();
    Tensor distance =
        x.square()
            .matmul(precision.t())
            .sub(scale(x.matmul(centre.mul(precision).t()), 2))
            .add(Tensors.sum(centre.square().mul(precision).add(v.log()), 1));
    return logWeights.sub(scale(distance, 0.5)).softmax(1);
  }

  /** (N, C, H, W) -> (N, D) in float64. */
  private static Tensor rows(Tensor images) {
    return float64(images).flatten(1, -1);
  }

  @Override
  public void close() {
    Scope.release(logWeights);
    Scope.release(means);
    Scope.release(variances);
  }
}
