package org.tiltlens.diffusion;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Tensors;

/**
 * How much noise each diffusion step adds, and all that follows from it, in double precision.
 *
 * <pre>
 * q(x_t | x_0)          = N(sqrt(abar_t) x_0, (1 - abar_t) I)        abar_t = prod_{s <= t} (1 - beta_s)
 * q(x_{t-1} | x_t, x_0) = N(coef1_t x_0 + coef2_t x_t, btilde_t I)
 * </pre>
 *
 * <p>Steps count from 0 (least noise) to {@code steps() - 1}; {@code abar_{-1} = 1}. Formulas: Ho
 * et al. 2020, equations 4, 6 and 7; tables and their names: {@code GaussianDiffusion} and {@code
 * SpacedDiffusion} of OpenAI's guided-diffusion. Immutable.
 */
public final class NoiseSchedule {
  /** A thousand times those of any published model; a bound against slips. */
  private static final int MOST_STEPS = 1_000_000;

  private final int baseSteps;
  private final int[] timestepMap;
  private final double[] betas;
  private final double[] alphasCumprod;
  private final double last;

  private NoiseSchedule(int baseSteps, int[] timestepMap, double[] betas) {
    this(baseSteps, timestepMap, betas, 1);
  }

  /**
   * Of steps that end at another noise level than none.
   *
   * @param last {@code abar_{-1}}
   */
  private NoiseSchedule(int baseSteps, int[] timestepMap, double[] betas, double last) {
    if (betas.length < 2) {
      throw new IllegalArgumentException(
          "a noise schedule of " + betas.length + " steps: it needs at least 2");
    }
    this.baseSteps = baseSteps;
    this.timestepMap = timestepMap;
    this.betas = betas;
    this.alphasCumprod = new double[betas.length];
    this.last = last;
    double product = last;
    for (int t = 0; t < betas.length; t++) {
      boolean stays = t == 0 && last < 1 && betas[t] == 0; // at the level where it ends
      if (!(betas[t] > 0 && betas[t] < 1) && !stays) {
        throw new IllegalArgumentException(
            String.format(
                "beta at step %d of %d is %s, must be between 0 and 1; a linear schedule needs more"
                    + " than 20 base steps",
                t, betas.length, betas[t]));
      }
      product *= 1 - betas[t];
      alphasCumprod[t] = product;
    }
  }

  /**
   * Betas that rise linearly from 0.0001 to 0.02 in 1000 steps (Ho et al. 2020), scaled by {@code
   * 1000 / baseSteps} so that the total noise does not depend on the number of steps.
   *
   * @param baseSteps more than 20
   */
  public static NoiseSchedule linear(int baseSteps) {
    requireSteps(baseSteps); // before it divides
    double scale = 1000.0 / baseSteps;
    return linear(baseSteps, scale * 0.0001, scale * 0.02);
  }

  /**
   * {@code abar = cos^2((t + 0.008) / 1.008 * pi / 2)} with betas of at most 0.999 (Nichol and
   * Dhariwal 2021, equation 17).
   *
   * @param baseSteps at least 2
   */
  public static NoiseSchedule cosine(int baseSteps) {
    requireSteps(baseSteps);
    DoubleUnaryOperator abar = u -> Math.pow(Math.cos((u + 0.008) / 1.008 * Math.PI / 2), 2);
    double[] betas = new double[baseSteps];
    Arrays.setAll(
        betas,
        t -> {
          double before = abar.applyAsDouble(t / (double) baseSteps);
          double after = abar.applyAsDouble((t + 1) / (double) baseSteps);
          return Math.min(1 - after / before, 0.999);
        });
    return base(betas);
  }

  /** Betas that rise linearly from one number to another. */
  private static NoiseSchedule linear(int baseSteps, double first, double last) {
    return base(rising(baseSteps, first, last));
  }

  /** Betas whose square roots rise linearly, as of latent diffusion (Rombach et al. 2022). */
  private static NoiseSchedule scaledLinear(int baseSteps, double first, double last) {
    double[] roots = rising(baseSteps, Math.sqrt(first), Math.sqrt(last));
    return base(Arrays.stream(roots).map(root -> root * root).toArray());
  }

  private static double[] rising(int baseSteps, double first, double last) {
    requireSteps(baseSteps);
    double step = (last - first) / (baseSteps - 1);
    double[] values = new double[baseSteps];
    Arrays.setAll(values, t -> t == baseSteps - 1 ? last : first + t * step);
    return values;
  }

  /**
   * A schedule by name.
   *
   * @param name {@code linear} or {@code cosine} ({@link #linear}, {@link #cosine}); {@code
   *     linear:FIRST:LAST} or {@code scaled_linear:FIRST:LAST}, where betas or their square roots
   *     rise linearly from the first beta to the last; {@code betas:B,B,...}, each of them; {@code
   *     karras:MIN:MAX:RHO}, the levels of {@link KarrasSigmas} as {@code sigma = sqrt((1 - abar) /
   *     abar)}
   */
  public static NoiseSchedule named(String name, int baseSteps) {
    String[] parts = name.split(":", -1);
    return switch (parts[0] + "/" + parts.length) {
      case "linear/1" -> linear(baseSteps);
      case "cosine/1" -> cosine(baseSteps);
      case "linear/3" -> linear(baseSteps, number(name, parts[1]), number(name, parts[2]));
      case "scaled_linear/3" ->
          scaledLinear(baseSteps, number(name, parts[1]), number(name, parts[2]));
      case "karras/4" ->
          karras(
              new KarrasSigmas(
                  baseSteps,
                  number(name, parts[1]),
                  number(name, parts[2]),
                  number(name, parts[3])));
      case "betas/2" -> betas(name, baseSteps, parts[1].split(",", -1));
      default -> throw unknown(name);
    };
  }

  /** {@code abar = 1 / (1 + sigma^2)}. */
  private static NoiseSchedule karras(KarrasSigmas sigmas) {
    double[] levels = sigmas.levels();
    double[] betas = new double[levels.length];
    double before = 1;
    for (int t = 0; t < betas.length; t++) {
      double sigma = levels[levels.length - 1 - t];
      double abar = 1 / (1 + sigma * sigma);
      betas[t] = 1 - abar / before;
      before = abar;
    }
    return base(betas);
  }

  private static NoiseSchedule betas(String name, int baseSteps, String... betas) {
    if (betas.length != baseSteps) {
      throw new IllegalArgumentException(
          "`schedule` names %d betas, expected one for each of %d base steps"
              .formatted(betas.length, baseSteps));
    }
    return base(Arrays.stream(betas).mapToDouble(beta -> number(name, beta)).toArray());
  }

  private static double number(String name, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw unknown(name);
    }
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "unknown `schedule` '"
            + name
            + "': use linear or cosine; or linear:FIRST:LAST, scaled_linear:FIRST:LAST,"
            + " karras:MIN:MAX:RHO or betas:B,B,... with numbers");
  }

  private static NoiseSchedule base(double[] betas) {
    int[] identity = new int[betas.length];
    Arrays.setAll(identity, t -> t);
    return new NoiseSchedule(betas.length, identity, betas);
  }

  private static void requireSteps(int baseSteps) {
    if (baseSteps < 2 || baseSteps > MOST_STEPS) {
      throw new IllegalArgumentException(
          "a noise schedule of "
              + baseSteps
              + " steps: it needs at least 2, at most "
              + MOST_STEPS);
    }
  }

  /**
   * The shorter schedule that passes through the same noise levels at fewer steps.
   *
   * @param respacing {@code "250"}: so many steps spread evenly; {@code "10,15,20"}: so many in
   *     each of three equal sections; {@code "ddim50"}: so many at an integer stride; {@code
   *     "leading50"}, {@code "leading50+1"}, {@code "trailing50"}, {@code "linspace50"}: so many as
   *     diffusers spaces them; {@code "uniform50"}, {@code "quad50"}: as CompVis does; {@code
   *     "lcm4"}: those of a latent consistency model
   * @throws IllegalArgumentException if that cannot be done; the message says what can
   */
  public NoiseSchedule respaced(String respacing) {
    return at(Respacing.keep(respacing, steps()));
  }

  /**
   * The shorter schedule that passes through the noise levels of some steps.
   *
   * @param kept ascending
   */
  public NoiseSchedule at(int... kept) {
    return at(1, kept);
  }

  /**
   * The same, which ends at the noise level of this schedule's first step instead of at none, as
   * Stable Diffusion is mostly sampled by DDIM ({@code set_alpha_to_one} false; CompVis'). What it
   * ends in is an image with a trace of noise, of which no bound is known.
   */
  public NoiseSchedule endingNoisyAt(int... kept) {
    return at(alphasCumprod[0], kept);
  }

  private NoiseSchedule at(double end, int... kept) {
    int[] map = new int[kept.length];
    double[] newBetas = new double[kept.length];
    double before = end;
    for (int i = 0; i < kept.length; i++) {
      check(kept[i]);
      newBetas[i] = 1 - alphasCumprod[kept[i]] / before;
      before = alphasCumprod[kept[i]];
      map[i] = timestepMap[kept[i]];
    }
    return new NoiseSchedule(baseSteps, map, newBetas, end);
  }

  /** Number of steps. */
  public int steps() {
    return betas.length;
  }

  /** Number of steps before respacing. */
  public int baseSteps() {
    return baseSteps;
  }

  /** Step {@code t}'s number before respacing, which is what a network is told. */
  public int timestep(int t) {
    return timestepMap[check(t)];
  }

  /** Variance of the noise that step {@code t} adds. */
  public double beta(int t) {
    return betas[check(t)];
  }

  /** {@code abar_t}: the share of the image's variance left after step {@code t}. */
  public double alphaCumprod(int t) {
    return alphasCumprod[check(t)];
  }

  /** {@code abar_{t-1}}; 1 at step 0, but for one that {@linkplain #endingNoisyAt ends noisy}. */
  public double alphaCumprodPrev(int t) {
    return check(t) == 0 ? last : alphasCumprod[t - 1];
  }

  /** {@code btilde_t}, the variance of q(x_{t-1} | x_t, x_0); 0 at step 0. */
  public double posteriorVariance(int t) {
    return beta(t) * (1 - alphaCumprodPrev(t)) / (1 - alphaCumprod(t));
  }

  /** Logarithm of {@link #posteriorVariance}, at step 0 that of step 1. */
  public double posteriorLogVarianceClipped(int t) {
    return Math.log(posteriorVariance(Math.max(1, check(t))));
  }

  /** Weight of x_0 in the mean of q(x_{t-1} | x_t, x_0). */
  public double posteriorMeanCoef1(int t) {
    return beta(t) * Math.sqrt(alphaCumprodPrev(t)) / (1 - alphaCumprod(t));
  }

  /** Weight of x_t in the mean of q(x_{t-1} | x_t, x_0). */
  public double posteriorMeanCoef2(int t) {
    return (1 - alphaCumprodPrev(t)) * Math.sqrt(1 - beta(t)) / (1 - alphaCumprod(t));
  }

  /** {@code sqrt(1 / abar_t)}. */
  public double sqrtRecipAlphaCumprod(int t) {
    return Math.sqrt(1 / alphaCumprod(t));
  }

  /** {@code sqrt(1 / abar_t - 1)}. */
  public double sqrtRecipm1AlphaCumprod(int t) {
    return Math.sqrt(1 / alphaCumprod(t) - 1);
  }

  /** A draw of q(x_t | x_0) made with {@code noise ~ N(0, I)}. */
  public Tensor diffuse(Tensor x0, Tensor noise, int t) {
    double abar = alphaCumprod(t);
    return Tensors.scale(x0, Math.sqrt(abar)).add(Tensors.scale(noise, Math.sqrt(1 - abar)));
  }

  /** The x_0 that noise {@code epsilon} turns into {@code xt}. */
  public Tensor x0(Tensor xt, Tensor epsilon, int t) {
    return Tensors.scale(xt, sqrtRecipAlphaCumprod(t))
        .sub(Tensors.scale(epsilon, sqrtRecipm1AlphaCumprod(t)));
  }

  /** The noise that turns {@code x0} into {@code xt}; the inverse of {@link #x0}. */
  public Tensor epsilon(Tensor xt, Tensor x0, int t) {
    return Tensors.scale(
        Tensors.scale(xt, sqrtRecipAlphaCumprod(t)).sub(x0), 1 / sqrtRecipm1AlphaCumprod(t));
  }

  /** The mean of q(x_{t-1} | x_t, x_0). */
  public Tensor posteriorMean(Tensor x0, Tensor xt, int t) {
    return Tensors.scale(x0, posteriorMeanCoef1(t)).add(Tensors.scale(xt, posteriorMeanCoef2(t)));
  }

  private int check(int t) {
    if (t < 0 || t >= betas.length) {
      throw new IllegalArgumentException(
          "diffusion step " + t + " does not exist: the schedule has steps 0.." + (steps() - 1));
    }
    return t;
  }

  @Override
  public String toString() {
    return "NoiseSchedule[" + steps() + " of " + baseSteps + " steps]";
  }
}
