package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.logSumExp;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Autograd;

/**
 * How g_t, the gradient of {@code log E[exp(beta s(x_0)) | x_t] / beta}, is approximated.
 *
 * <p>Each is exact for a linear score and some Gaussian prior, and biased otherwise.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ScoreGradient.ThroughPrior.class, name = "full"),
  @JsonSubTypes.Type(value = ScoreGradient.CleanEstimate.class, name = "x0"),
  @JsonSubTypes.Type(value = ScoreGradient.Smoothed.class, name = "smoothed"),
})
public sealed interface ScoreGradient {
  /**
   * g_t at one point; belongs to the caller's scope.
   *
   * @param at where: prior, score and objective, x_t without graph, and the step
   * @param beta what the gradient will be multiplied by, not 0
   * @param noise standard normal numbers (N, n, C, H, W) for a given n
   * @throws org.tiltlens.torch.NotFiniteException if a score is NaN or infinite
   */
  Result of(Point at, double beta, IntFunction<Tensor> noise);

  /**
   * What the gradient is taken of, and where.
   *
   * @param xt (N, C, H, W), without graph
   */
  record Point(Prior prior, Score score, Objective objective, Tensor xt, int t) {
    double abar() {
      return prior.schedule().alphaCumprod(t);
    }

    /** s of the images of clean estimates, (N). */
    private Tensor scores(Tensor x0) {
      return score.finite(prior.decode(x0));
    }

    /**
     * s of the images of clean estimates, and its objective's gradient with respect to these: in
     * two parts, so that the maps of the decoder and of the vision model are not in memory
     * together.
     */
    private Slope slope(Tensor x0) {
      Tensor images = Autograd.leaf(prior.decode(x0));
      Tensor scores = score.finite(images);
      return new Slope(scores, prior.decodeBack(x0, gradient(scores, images)));
    }

    /**
     * d objective(scores) / d leaf, summed over the batch: a sample's gradient does not depend on
     * how many others are in it. Nothing is gone back through where no score's objective has a
     * slope, as above a cap.
     */
    private Tensor gradient(Tensor scores, Tensor leaf) {
      Tensor alone = Autograd.leaf(scores);
      Tensor slopes = Autograd.gradient(objective.of(alone).sum(), alone);
      return slopes.any().item_bool()
          ? Autograd.gradient(objective.of(scores).sum(), leaf)
          : scale(leaf.detach(), 0);
    }
  }

  /**
   * Scores and a gradient of their objective.
   *
   * @param scores (N)
   * @param gradient with respect to clean estimates, of their shape
   */
  record Slope(Tensor scores, Tensor gradient) {}

  /**
   * A gradient and what was computed on the way to it; none has a graph.
   *
   * @param natural the prior's prediction at x_t
   * @param gradient g_t, of x_t's shape
   * @param scores s, (N)
   */
  record Result(Prediction natural, Tensor gradient, Tensor scores) {
    public Result {
      natural =
          new Prediction(
              natural.x0Hat().detach(), natural.mean().detach(), natural.variance().detach());
      scores = scores.detach();
    }
  }

  /**
   * {@code d/dx_t s(x0_hat(x_t))}, through the prior's network: diffusion posterior sampling (Chung
   * et al. 2023, algorithm 1). Exact for any Gaussian prior with a linear score.
   */
  record ThroughPrior() implements ScoreGradient {
    @Override
    public Result of(Point at, double beta, IntFunction<Tensor> noise) {
      Tensor x = Autograd.leaf(at.xt);
      Prediction natural = at.prior.predict(x, at.t);
      if (at.prior.isLatent()) {
        Slope slope = at.slope(natural.x0Hat().detach());
        Tensor gradient = Autograd.gradient(natural.x0Hat().mul(slope.gradient()).sum(), x);
        return new Result(natural, gradient, slope.scores());
      }
      Tensor scores = at.scores(natural.x0Hat()); // (N)
      return new Result(natural, at.gradient(scores, x), scores);
    }
  }

  /**
   * {@code sqrt(abar_t) d/dx0_hat s(x0_hat)}, without going back through the prior: a step costs
   * about as much as an unguided one (manifold preserving guidance, He et al. 2024, algorithm 1).
   *
   * <p>The denoiser's Jacobian is {@code sqrt(abar_t) / (1 - abar_t) Var[x_0 | x_t]}, and the
   * variance is taken to be {@code 1 - abar_t} in every pixel: right for images of independent
   * pixels of variance 1, too large for real ones late in a run. Their {@code c_t} is thereby
   * {@code beta (1 - abar_t)}.
   */
  record CleanEstimate() implements ScoreGradient {
    @Override
    public Result of(Point at, double beta, IntFunction<Tensor> noise) {
      Prediction natural = at.prior.predict(at.xt, at.t);
      Slope slope = at.slope(natural.x0Hat().detach());
      return new Result(natural, scale(slope.gradient(), Math.sqrt(at.abar())), slope.scores());
    }
  }

  /**
   * {@code d/dx_t 1/beta log mean_i exp(beta s(x0_hat + sqrt(1 - abar_t) z_i))}: loss-guided
   * diffusion by Monte Carlo (Song et al. 2023, equation 12), which closes the part of the Jensen
   * gap that comes from images of variance 1 around the clean estimate.
   *
   * <p>The scores it reports are means over the perturbed estimates. Costs n scores instead of one.
   *
   * @param draws n, at least 1
   */
  record Smoothed(int draws) implements ScoreGradient {
    public Smoothed {
      if (draws < 1) {
        throw new IllegalArgumentException(
            "score smoothed over " + draws + " draws, must be at least 1");
      }
    }

    @Override
    public Result of(Point at, double beta, IntFunction<Tensor> noise) {
      Tensor x = Autograd.leaf(at.xt);
      Prediction natural = at.prior.predict(x, at.t);
      Tensor z = scale(noise.apply(draws), Math.sqrt(1 - at.abar()));
      Tensor near = natural.x0Hat().unsqueeze(1).add(z); // (N, n, C, H, W)
      Tensor scores = at.scores(near.flatten(0, 1)); // (N n)
      Tensor energies = at.objective.of(scores).view(-1, draws); // (N, n)
      Tensor logMean = plus(logSumExp(scale(energies, beta), 1), -Math.log(draws));
      Tensor gradient = Autograd.gradient(scale(logMean, 1 / beta).sum(), x);
      return new Result(natural, gradient, mean(scores.view(-1, draws), 1));
    }
  }
}
