package org.tiltlens.diffusion;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The prior's bits per dimension of an image: how surprising it is to the prior, as a bound over
 * the steps that the prior has.
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
 * <p>By itself no measure of naturalness. With 50 steps nearly all of it is {@code L_0 + L_1}, the
 * error of taking away noise that is hardly there: whether flat places are flat and backgrounds are
 * of the training images' own level. So these two are told apart.
 *
 * <p>Where the prior is a mixture, each term is of a component of its own draw: on average the mean
 * of the components' bounds, itself a bound of the mixture's.
 *
 * <p>{@link #dequantised} spreads each level over its width first (Theis et al. 2016, arXiv
 * 1511.01844) and takes {@code L_0} as a density there, which bounds the same on average over u:
 *
 * <pre>
 *   y = x_0 + (u - 1/2) 2 / 255,  u ~ U[0, 1)        L_0 = -log N(y; mu, sigma^2) - log(2 / 255)
 * </pre>
 *
 * <p>Of a {@linkplain Prior#isLatent latent} prior it is the bound of the image's latent, that of
 * the encoder: {@code L_0 = -log N(z; mu, sigma^2)} is of a density, D counts the latent's numbers,
 * and the sum may be negative. It does not compare with bits of pixels.
 *
 * <p>A sum over steps, each a pure function of (image, seed, sample, step): it can be stopped, kept
 * and continued without changing a bit.
 *
 * @param prior the natural images; stays the caller's
 * @param isDequantised whether levels are spread over their widths
 */
public record VariationalBound(Prior prior, boolean isDequantised) {
  private static final double LEVELS = 255;

  /** Steps count from -1 down, so this stream of a sample is nobody's. */
  private static final long DEQUANTISING_STREAM = Long.MIN_VALUE / 2;

  /** Terms of the last two steps: L_0 and L_1. */
  private static final int LAST = 2;

  /** Terms in one pass of the prior: two to three times as fast as one by one on a processor. */
  private static final int MOST_TOGETHER = 10;

  /** The same on a GPU, which halves them where it has no room. */
  private static final int MOST_TOGETHER_ON_GPU = 32;

  /**
   * A bound on its way.
   *
   * @param terms how many of the schedule's steps are added, from t = 0 on
   * @param nats their sum over all dimensions
   * @param lastNats of which: those of {@code L_0} and {@code L_1}
   */
  public record Partial(int terms, double nats, double lastNats) {
    /** Before the first term. */
    public static final Partial NONE = new Partial(0, 0, 0);
  }

  /**
   * A bound.
   *
   * @param all bits per dimension
   * @param last of which: those of {@code L_0} and {@code L_1}
   */
  public record Bits(double all, double last) {}

  /** Of images as PNGs hold them. */
  public VariationalBound(Prior prior) {
    this(prior, false);
  }

  /** Of images whose levels are spread over their widths. */
  public static VariationalBound dequantised(Prior prior) {
    return new VariationalBound(prior, true);
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
    int upTo = upTo(first, image);
    try (Scope scope = Scope.open()) {
      Tensor x0 = taken(image, seed, sample);
      List<double[]> terms =
          Batching.together(upTo - first)
              .map(
                  upTo - first,
                  (from, count) ->
                      terms(
                          x0,
                          IntStream.range(first + from, first + from + count).toArray(),
                          seed,
                          sample));
      double nats = partial.nats;
      double last = partial.lastNats;
      int t = first;
      for (double term : terms.stream().flatMapToDouble(DoubleStream::of).toArray()) {
        nats += term;
        last += t++ < LAST ? term : 0;
      }
      return new Partial(upTo, nats, last);
    } catch (NotFiniteException e) {
      throw e.at("bits per dimension, from step t = " + first);
    }
  }

  /** In nats, from one pass of the prior. */
  private double[] terms(Tensor x0, int[] steps, long seed, long sample) {
    try (Scope scope = Scope.open()) {
      Tensor xt =
          Tensors.cat(IntStream.of(steps).mapToObj(t -> noisy(x0, t, seed, sample)).toList(), 0);
      // A component for each term: their mean bounds the mixture too, as the logarithm is concave.
      Prior drawn = prior.along(() -> noises(x0, steps, seed, sample));
      List<Prediction> predictions = drawn.predictEach(xt, steps);
      double[] terms = new double[steps.length];
      for (int i = 0; i < steps.length; i++) {
        Prediction prediction = predictions.get(i);
        Tensor term =
            steps[i] == 0
                ? decoder(x0, prediction)
                : transition(x0, xt.narrow(0, i, 1), steps[i], prediction);
        terms[i] = Tensors.float64(term).sum().item_double();
      }
      return terms;
    }
  }

  /** The image's size and the device, so that bits do not depend on how a bound is asked for. */
  private int upTo(int first, Tensor image) {
    int together =
        prior.device().isCpu()
            ? Batching.fitting(MOST_TOGETHER, image.numel())
            : MOST_TOGETHER_ON_GPU;
    return Math.min(prior.schedule().steps(), (first / together + 1) * together);
  }

  private Tensor noisy(Tensor x0, int t, long seed, long sample) {
    return prior.schedule().diffuse(x0, noise(x0, t, seed, sample), t);
  }

  private Tensor noises(Tensor x0, int[] steps, long seed, long sample) {
    return Tensors.cat(IntStream.of(steps).mapToObj(t -> noise(x0, t, seed, sample)).toList(), 0);
  }

  private Tensor noise(Tensor x0, int t, long seed, long sample) {
    return prior.device().place(Noise.normal(seed, sample, -1L - t, Tensors.shape(x0)));
  }

  /**
   * The bound.
   *
   * @param done all its terms
   * @param image the image they are of, with the seed and sample that they were had with
   */
  public Bits bits(Partial done, Tensor image, long seed, long sample) {
    int last = prior.schedule().steps() - 1;
    try (Scope scope = Scope.open()) {
      Tensor x0 = taken(image, seed, sample);
      Tensor mean = Tensors.scale(x0, Math.sqrt(prior.schedule().alphaCumprod(last)));
      double variance = 1 - prior.schedule().alphaCumprod(last);
      Tensor logVariance = Tensors.full(Math.log(variance), 1).to(mean);
      Tensor zero = Tensors.full(0, 1).to(mean);
      Tensor end = LikelihoodTerms.gaussianKl(mean, logVariance, zero, zero);
      double nats = done.nats + Tensors.float64(end).sum().item_double();
      double perBit = x0.numel() * Math.log(2);
      return new Bits(nats / perBit, done.lastNats / perBit);
    }
  }

  /** The whole bound of one image; arguments as for {@link #advance}. */
  public Bits bits(Tensor image, long seed, long sample) {
    Partial partial = Partial.NONE;
    while (!isDone(partial)) {
      partial = advance(partial, image, seed, sample);
    }
    return bits(partial, image, seed, sample);
  }

  /** The whole bound of one image in bits per dimension; arguments as for {@link #advance}. */
  public double bitsPerDim(Tensor image, long seed, long sample) {
    return bits(image, seed, sample).all();
  }

  /** The image as its bound takes it. */
  private Tensor taken(Tensor image, long seed, long sample) {
    Tensor levels = rounded(image);
    if (prior.isLatent()) {
      return prior.encode(levels);
    }
    if (!isDequantised) {
      return levels;
    }
    Tensor uniform = Noise.uniform(seed, sample, DEQUANTISING_STREAM, Tensors.shape(image));
    Tensor within = Tensors.scale(Tensors.plus(uniform, -0.5), 2 / LEVELS);
    return levels.add(prior.device().place(within));
  }

  private Tensor transition(Tensor x0, Tensor xt, int t, Prediction prediction) {
    NoiseSchedule schedule = prior.schedule();
    Tensor mean = schedule.posteriorMean(x0, xt, t);
    Tensor logVariance = Tensors.full(Math.log(schedule.posteriorVariance(t)), 1).to(x0);
    return LikelihoodTerms.gaussianKl(
        mean, logVariance, prediction.mean(), prediction.logVariance());
  }

  private Tensor decoder(Tensor x0, Prediction prediction) {
    if (isDequantised || prior.isLatent()) {
      Tensor density =
          LikelihoodTerms.logDensity(x0, prediction.mean(), prediction.logVariance()).neg();
      if (prior.isLatent()) {
        return density; // a latent has no levels
      }
      return Tensors.plus(density, -Math.log(2 / LEVELS));
    }
    Tensor logScale = Tensors.scale(prediction.logVariance(), 0.5);
    return LikelihoodTerms.discretisedLogLikelihood(x0, prediction.mean(), logScale).neg();
  }

  /** The nearest of 256 levels, in [-1, 1]. */
  private static Tensor rounded(Tensor image) {
    Tensor levels = Tensors.scale(Tensors.plus(Tensors.clamp(image, -1, 1), 1), LEVELS / 2);
    return Tensors.plus(Tensors.scale(levels.round(), 2 / LEVELS), -1);
  }
}
