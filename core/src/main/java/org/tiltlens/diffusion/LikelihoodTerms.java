package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.clamp;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * The terms of a diffusion's variational bound, element by element and in nats.
 *
 * <p>Ho et al. 2020, equations 5 and 13; Nichol and Dhariwal 2021, section 2. Where
 * guided-diffusion approximates the normal distribution function, this uses it ({@code erf}).
 */
public final class LikelihoodTerms {
  /** Half the distance between two of the 256 levels of an image in [-1, 1]. */
  private static final double HALF_LEVEL = 1.0 / 255;

  /** Levels nearer to an end than this are an end; its bin reaches to infinity. */
  private static final double END = 0.999;

  /** Probabilities below this count as this, so that the logarithm has a gradient. */
  private static final double SMALLEST = 1e-12;

  private LikelihoodTerms() {}

  /**
   * {@code KL(N(mean1, exp(logVariance1)) || N(mean2, exp(logVariance2)))}.
   *
   * @return {@code (logVariance2 - logVariance1 + exp(logVariance1 - logVariance2) + (mean1 -
   *     mean2)^2 exp(-logVariance2) - 1) / 2}
   */
  public static Tensor gaussianKl(
      Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2) {
    Tensor difference = logVariance1.sub(logVariance2);
    Tensor distance = mean1.sub(mean2).square().mul(logVariance2.neg().exp());
    return scale(plus(difference.exp().sub(difference).add(distance), -1), 0.5);
  }

  /**
   * Logarithm of the probability that {@code N(mean, exp(2 logScale))} puts on the level of {@code
   * x}, one of 256 in [-1, 1]; the bins of the two ends reach to infinity.
   */
  public static Tensor discretisedLogLikelihood(Tensor x, Tensor mean, Tensor logScale) {
    Tensor centred = x.sub(mean);
    Tensor precision = logScale.neg().exp();
    Tensor below = normalCdf(plus(centred, -HALF_LEVEL).mul(precision));
    Tensor upTo = normalCdf(plus(centred, HALF_LEVEL).mul(precision));
    Tensor above = normalCdf(plus(centred, -HALF_LEVEL).mul(precision).neg());
    Tensor inner = upTo.sub(below);
    Tensor end = Tensors.full(END, 1).to(x);
    Tensor probability = upTo.where(x.lt(end.neg()), above.where(x.gt(end), inner));
    return clamp(probability, SMALLEST, 1).log();
  }

  /** Logarithm of the density of {@code N(mean, exp(logVariance))} at {@code x}. */
  public static Tensor logDensity(Tensor x, Tensor mean, Tensor logVariance) {
    Tensor distance = x.sub(mean).square().mul(logVariance.neg().exp());
    return scale(plus(distance.add(logVariance), Math.log(2 * Math.PI)), -0.5);
  }

  private static Tensor normalCdf(Tensor x) {
    return scale(plus(scale(x, Math.sqrt(0.5)).erf(), 1), 0.5);
  }
}
