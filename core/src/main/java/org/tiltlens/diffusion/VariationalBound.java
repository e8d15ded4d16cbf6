package org.tiltlens.diffusion;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The prior's bits per dimension of an image: how surprising it is to the prior.
 *
 * <pre>
 *   -log2 p(x_0) / D  &lt;=  (L_T + ... + L_0) / (D log 2)
 *   L_T     = KL(q(x_T | x_0) || N(0, I))
 *   L_{t-1} = KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t))        x_t ~ q(x_t | x_0), one draw each
 *   L_0     = -log p(x_0 | x_1), the probability of x_0's levels of 256
 * </pre>
 *
 * <p>Ho et al. 2020, equation 5; {@code calc_bpd_loop} of guided-diffusion. The bound is that of
 * the prior's own (respaced) schedule: with fewer steps it is looser, so compare at equal steps.
 * One draw of noise per step makes it an unbiased estimate of the bound. D counts all channels of
 * all pixels. The image is taken as a PNG holds it, rounded to 256 levels.
 *
 * <p>A sum over steps, each a pure function of (image, seed, sample, step): it can be stopped, kept
 * and continued without changing a bit.
 *
 * @param prior the natural images; stays the caller's
 */
public record VariationalBound(Prior prior) {
  private static final double LEVELS = 255;

  /** Terms in one pass of the prior: two to three times as fast as one by one on a processor. */
  private static final int MOST_TOGETHER = 10;

  /**
   * A bound on its way.
   *
   * @param terms how many of the schedule's steps are added, from t = 0 on
   * @param nats their sum over all dimensions
   */
  public record Partial(int terms, double nats) {
    /** Before the first term. */
    public static final Partial NONE = new Partial(0, 0);
  }

  /** Whether all of the schedule's steps are in. */
  public boolean isDone(Partial partial) {
    return partial.terms == prior.schedule().steps();
  }

  /**
   * Adds the terms of some more steps, which go through the prior together.
   *
   * @param image (1, C, H, W), about in [-1, 1]
   * @param seed names the noise, with {@code sample}; other draws than the samplers'
   */
  public Partial advance(Partial partial, Tensor image, long seed, long sample) {
    int first = partial.terms;
    int[] steps = IntStream.range(first, upTo(first, image)).toArray();
    try (Scope scope = Scope.open()) {
      Tensor x0 = rounded(image);
      Tensor xt =
          Tensors.cat(IntStream.of(steps).mapToObj(t -> noisy(x0, t, seed, sample)).toList(), 0);
      List<Prediction> predictions = prior.predictEach(xt, steps);
      double nats = partial.nats;
      for (int i = 0; i < steps.length; i++) {
        Prediction prediction = predictions.get(i);
        Tensor term =
            steps[i] == 0
                ? decoder(x0, prediction)
                : transition(x0, xt.narrow(0, i, 1), steps[i], prediction);
        nats += Tensors.float64(term).sum().item_double();
      }
      return new Partial(first + steps.length, nats);
    } catch (NotFiniteException e) {
      throw e.at("bits per dimension, from step t = " + first);
    }
  }

  /** Groups are the image's size alone, so that bits do not depend on how a bound is asked for. */
  private int upTo(int first, Tensor image) {
    int together = Batching.fitting(MOST_TOGETHER, image.numel());
    return Math.min(prior.schedule().steps(), (first / together + 1) * together);
  }

  private Tensor noisy(Tensor x0, int t, long seed, long sample) {
    Tensor noise = prior.device().place(Noise.normal(seed, sample, -1L - t, Tensors.shape(x0)));
    return prior.schedule().diffuse(x0, noise, t);
  }

  /**
   * The bound in bits per dimension.
   *
   * @param done all its terms
   * @param image the image they are of
   */
  public double bitsPerDim(Partial done, Tensor image) {
    int last = prior.schedule().steps() - 1;
    try (Scope scope = Scope.open()) {
      Tensor mean = Tensors.scale(rounded(image), Math.sqrt(prior.schedule().alphaCumprod(last)));
      double variance = 1 - prior.schedule().alphaCumprod(last);
      Tensor logVariance = Tensors.full(Math.log(variance), 1).to(mean);
      Tensor zero = Tensors.full(0, 1).to(mean);
      Tensor end = LikelihoodTerms.gaussianKl(mean, logVariance, zero, zero);
      double nats = done.nats + Tensors.float64(end).sum().item_double();
      return nats / image.numel() / Math.log(2);
    }
  }

  /** The whole bound of one image in bits per dimension; arguments as for {@link #advance}. */
  public double bitsPerDim(Tensor image, long seed, long sample) {
    Partial partial = Partial.NONE;
    while (!isDone(partial)) {
      partial = advance(partial, image, seed, sample);
    }
    return bitsPerDim(partial, image);
  }

  private Tensor transition(Tensor x0, Tensor xt, int t, Prediction prediction) {
    NoiseSchedule schedule = prior.schedule();
    Tensor mean = schedule.posteriorMean(x0, xt, t);
    Tensor logVariance = Tensors.full(Math.log(schedule.posteriorVariance(t)), 1).to(x0);
    return LikelihoodTerms.gaussianKl(
        mean, logVariance, prediction.mean(), prediction.logVariance());
  }

  private static Tensor decoder(Tensor x0, Prediction prediction) {
    Tensor logScale = Tensors.scale(prediction.logVariance(), 0.5);
    return LikelihoodTerms.discretisedLogLikelihood(x0, prediction.mean(), logScale).neg();
  }

  /** The nearest of 256 levels, in [-1, 1]. */
  private static Tensor rounded(Tensor image) {
    Tensor levels = Tensors.scale(Tensors.plus(Tensors.clamp(image, -1, 1), 1), LEVELS / 2);
    return Tensors.plus(Tensors.scale(levels.round(), 2 / LEVELS), -1);
  }
}
