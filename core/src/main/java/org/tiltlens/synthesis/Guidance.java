package org.tiltlens.synthesis;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.feature.Objective;
import org.tiltlens.torch.Tensors;

/**
 * How the gradient of the score enters a sampling step.
 *
 * <p>With {@code g_t = d/dx_t objective(s(x0_hat(x_t)))}, summed over the batch, through the
 * prior's network, or a {@link ScoreGradient} that stands for it. The plug-in {@code s(x0_hat)}
 * stands for {@code log E[exp(s(x_0)) | x_t]}: exact for a Gaussian prior with a linear score, an
 * approximation (Jensen gap) otherwise.
 */
public sealed interface Guidance {
  /** What the gradient is taken of. */
  Objective objective();

  /** When it acts. */
  Strength strength();

  /** The factor of the gradient: beta or scale. */
  double factor();

  /**
   * What a guided step reads in place of the prior's prediction.
   *
   * @param point where it starts, without graph
   * @param gradient g_t, of x_t's shape
   * @param factor {@link #factor} times the strength at this point of the run
   */
  Prediction prediction(Point point, Tensor gradient, double factor);

  /**
   * x_{t-1}, of what the prior's own step makes of {@link #prediction}.
   *
   * @param next x_{t-1} by that step
   */
  Tensor moved(Tensor next, Tensor gradient, double factor);

  /**
   * The term that this step adds to the path KL, {@code |shift of the mean|^2 / (2 Sigma_t)} per
   * pixel, for ancestral steps.
   */
  Tensor pathKl(Prediction natural, Tensor gradient, double factor);

  /**
   * A point of the prior's reverse diffusion.
   *
   * @param xt (N, C, H, W)
   * @param natural the prior's prediction there
   */
  record Point(NoiseSchedule schedule, Tensor xt, int t, Prediction natural) {}

  /**
   * The exponential tilt, to first order in the step: {@code x_{t-1} ~ N(mu_t + beta Sigma_t g_t,
   * Sigma_t)}, the Doob transform of {@code q_beta(x) ∝ p(x) exp(beta s(x))}. In DDIM form, {@code
   * eps_hat = eps - sqrt(1 - abar_t) beta g_t}.
   *
   * @param beta tilt strength, the Lagrange multiplier of the activation constraint; finite; 0 is
   *     the prior itself
   */
  record Tilt(double beta, Objective objective, Strength strength) implements Guidance {
    public Tilt {
      if (!Double.isFinite(beta)) {
        throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
      }
    }

    @Override
    public double factor() {
      return beta;
    }

    /**
     * Ancestral steps read the mean, DDIM and DPM-Solver steps the x0Hat that belongs to eps_hat
     * (Dhariwal and Nichol 2021, algorithm 2).
     */
    @Override
    public Prediction prediction(Point at, Tensor gradient, double factor) {
      Prediction natural = at.natural;
      double abar = at.schedule.alphaCumprod(at.t);
      return new Prediction(
          natural.x0Hat().add(Tensors.scale(gradient, factor * (1 - abar) / Math.sqrt(abar))),
          natural.mean().add(Tensors.scale(natural.variance().mul(gradient), factor)),
          natural.variance());
    }

    @Override
    public Tensor moved(Tensor next, Tensor gradient, double factor) {
      return next;
    }

    @Override
    public Tensor pathKl(Prediction natural, Tensor gradient, double factor) {
      return Tensors.scale(gradient.mul(gradient).mul(natural.variance()), factor * factor / 2);
    }
  }

  /**
   * The published code's step, {@code x_{t-1} = [sample of the prior's step] + scale * g_t}
   * (energy-guided diffusion posterior sampling, KLSC paper).
   *
   * <p>A heuristic: it implies {@code beta_t = scale / Sigma_t}, which grows without bound as t ->
   * 0, so what it samples is not {@code q_beta} for any beta.
   *
   * @param scale factor of the gradient; finite
   */
  record Constant(double scale, Objective objective, Strength strength) implements Guidance {
    public Constant {
      if (!Double.isFinite(scale)) {
        throw new IllegalArgumentException("illegal scale: " + scale + ", must be a finite number");
      }
    }

    @Override
    public double factor() {
      return scale;
    }

    @Override
    public Prediction prediction(Point at, Tensor gradient, double factor) {
      return at.natural;
    }

    @Override
    public Tensor moved(Tensor next, Tensor gradient, double factor) {
      return next.add(Tensors.scale(gradient, factor));
    }

    @Override
    public Tensor pathKl(Prediction natural, Tensor gradient, double factor) {
      return Tensors.scale(gradient.mul(gradient).div(natural.variance()), factor * factor / 2);
    }
  }
}
