package org.tiltlens.diffusion;

import static org.tiltlens.torch.Tensors.allFinite;
import static org.tiltlens.torch.Tensors.clamp;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A trained diffusion model as a prior: a {@link Denoiser}, on a {@link NoiseSchedule}.
 *
 * <pre>
 * x0Hat = clip((x_t - sqrt(1 - abar_t) epsilon(x_t, t)) / sqrt(abar_t))
 * mean  = coef1_t x0Hat + coef2_t x_t
 * </pre>
 *
 * <p>Ho et al. 2020, equations 7 and 15; {@code p_mean_variance} of OpenAI's guided-diffusion. A
 * network may {@linkplain Predicts predict} v or x_0 instead of epsilon.
 */
public final class DiffusionPrior implements Prior {
  private final Denoiser network;
  private final NoiseSchedule schedule;
  private final Options options;
  private final int[] classes;

  /**
   * What a checkpoint does not say of how it was trained.
   *
   * @param variance where the reverse variance comes from
   * @param clipX0 whether x0Hat is limited to [-1, 1]; beyond, its gradient is zero
   * @param told how the network is told the step
   * @param labels the classes to sample, if the network is class-conditional
   * @param predicts what the network's output is
   */
  public record Options(
      VarianceType variance,
      boolean clipX0,
      Told told,
      Optional<ClassLabels> labels,
      Predicts predicts) {
    /**
     * Of a network that predicts the noise.
     *
     * @param rescaleTimesteps whether the network counts its steps on a scale of 1000 whatever
     *     their number
     * @param label the class to sample, if the network is class-conditional
     */
    public Options(
        VarianceType variance, boolean clipX0, boolean rescaleTimesteps, OptionalInt label) {
      this(
          variance,
          clipX0,
          rescaleTimesteps ? Told.OF_THOUSAND : Told.STEP,
          label.stream().mapToObj(one -> new ClassLabels(List.of(one))).findFirst(),
          Predicts.EPSILON);
    }

    /** How the published ImageNet models were trained: learned range, clipped, no class. */
    public static final Options LEARNED_RANGE =
        new Options(VarianceType.LEARNED_RANGE, true, false, OptionalInt.empty());
  }

  /** Takes over the network. */
  public DiffusionPrior(Denoiser network, NoiseSchedule schedule, Options options) {
    this(network, schedule, options, null);
  }

  /**
   * Of some paths.
   *
   * @param classes one a path; null where all have the same or none
   */
  private DiffusionPrior(Denoiser network, NoiseSchedule schedule, Options options, int[] classes) {
    this.network = network;
    this.schedule = schedule;
    this.options = options;
    this.classes = classes;
    requireFit();
  }

  private void requireFit() {
    boolean learned = options.variance == VarianceType.LEARNED_RANGE;
    if (learned != network.learnsVariance()) {
      throw new IllegalArgumentException(
          String.format(
              "variance %s does not fit a network that %s its variance: use %s",
              options.variance,
              learned ? "does not learn" : "learns",
              learned ? "FIXED_SMALL or FIXED_LARGE" : "LEARNED_RANGE"));
    }
    int known = network.classes();
    if (options.labels.isPresent() != known > 0) {
      throw new IllegalArgumentException(
          known > 0
              ? "the prior is class-conditional: give " + ClassLabels.choice(known)
              : "the prior is not class-conditional: give no label");
    }
  }

  @Override
  public boolean isMixture() {
    return options.labels.filter(ClassLabels::isMixture).isPresent();
  }

  @Override
  public Prior along(Supplier<Tensor> beginnings) {
    return isMixture()
        ? new DiffusionPrior(network, schedule, options, options.labels.get().of(beginnings.get()))
        : this;
  }

  @Override
  public NoiseSchedule schedule() {
    return schedule;
  }

  @Override
  public long[] imageShape() {
    return network.imageShape();
  }

  /** Limited to [-1, 1], also where {@code x0Hat} is not. */
  @Override
  public Tensor decode(Tensor x0) {
    return clamp(x0, -1, 1);
  }

  @Override
  public Tensor decodeBack(Tensor x0, Tensor gradient) {
    return Scope.of(() -> gradient.mul(decode(x0).eq(x0)));
  }

  @Override
  public Device device() {
    return network.device();
  }

  @Override
  public Prediction predict(Tensor xt, int t) {
    int[] steps = new int[Math.toIntExact(xt.size(0))];
    Arrays.fill(steps, t);
    try (Scope scope = Scope.open()) {
      Tensor x = device().place(xt);
      return kept(scope, prediction(output(x, steps), x, t));
    }
  }

  /** By one pass of the network. */
  @Override
  public List<Prediction> predictEach(Tensor xt, int... t) {
    try (Scope scope = Scope.open()) {
      Tensor output = output(xt, t);
      return IntStream.range(0, t.length)
          .mapToObj(i -> prediction(output.narrow(0, i, 1), xt.narrow(0, i, 1), t[i]))
          .map(each -> kept(scope, each))
          .toList();
    }
  }

  private static Prediction kept(Scope scope, Prediction of) {
    return new Prediction(scope.keep(of.x0Hat()), scope.keep(of.mean()), scope.keep(of.variance()));
  }

  private Tensor output(Tensor xt, int... steps) {
    Tensor output = device().compute(() -> network.forward(xt, timesteps(steps), labels(xt)));
    // Here, as clipping would make a picture of an infinite number.
    if (!allFinite(output)) {
      throw NotFiniteException.of("the prior", xt);
    }
    return output;
  }

  private Prediction prediction(Tensor output, Tensor xt, int t) {
    Tensor x0Hat = options.predicts.x0(schedule, xt, output.narrow(1, 0, xt.size(1)), t);
    if (options.clipX0) {
      x0Hat = clamp(x0Hat, -1, 1);
    }
    return new Prediction(
        x0Hat, schedule.posteriorMean(x0Hat, xt, t), logVariance(output, xt, t).exp());
  }

  private Tensor logVariance(Tensor output, Tensor xt, int t) {
    double small = schedule.posteriorLogVarianceClipped(t);
    double large = Math.log(schedule.beta(t));
    return switch (options.variance) {
      case LEARNED_RANGE -> {
        // The network's -1 .. 1 spans small .. large.
        Tensor fraction = plus(scale(output.narrow(1, xt.size(1), xt.size(1)), 0.5), 0.5);
        yield plus(scale(fraction, large - small), small);
      }
      case FIXED_SMALL -> constant(small, xt);
      case FIXED_LARGE -> constant(t == 0 ? small : large, xt);
    };
  }

  private static Tensor constant(double value, Tensor like) {
    return Tensors.full(value, 1).to(like).expand_as(like);
  }

  private double[] timesteps(int... steps) {
    return IntStream.of(steps).mapToDouble(t -> options.told.of(schedule, t)).toArray();
  }

  private int[] labels(Tensor xt) {
    if (classes != null || options.labels.isEmpty()) {
      return classes;
    }
    requireNoMixture("a sampler that does not know a path's noise");
    return options.labels.get().only(Math.toIntExact(xt.size(0)));
  }

  @Override
  public void close() {
    network.close();
  }
}
