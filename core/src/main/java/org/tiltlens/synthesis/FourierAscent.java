package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Fourier;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Feature visualisation in Fourier space, with independent colours and under random transforms.
 *
 * <pre>
 *   image = 2 sigmoid(colours(irfft2(coefficients / max(frequency, 1 / size)^decay))) - 1
 *   maximise s(transform(image)) over the coefficients, a new transform every step
 * </pre>
 *
 * <p>Source: Olah, Mordvintsev and Schubert 2017, <em>Feature Visualization</em>, as Lucent does
 * it, whose inverse transform is orthonormal and divided by 4. Lucent's images are in [0, 1]; the
 * transforms see them like that, the score and the caller in [-1, 1].
 *
 * @param score what is climbed
 * @param size side of the image in pixels, at least 2
 * @param settings how
 */
public record FourierAscent(Score score, int size, Settings settings) implements Ascent {
  /** Lucid's constant: divides images, so that the sigmoid saturates less. */
  private static final double MAGIC = 4;

  /**
   * How coefficients are climbed.
   *
   * @param steps at least 1
   * @param rate the optimiser's, above 0
   * @param optimiser what makes steps of gradients
   * @param sd standard deviation of the first coefficients, above 0
   * @param decay power of the frequency by which coefficients are divided, at least 0
   * @param transforms what every step does to the image before it is scored
   */
  public record Settings(
      int steps,
      double rate,
      Optimiser optimiser,
      double sd,
      double decay,
      RandomTransforms transforms) {
    /** Lucent's, whatever the size of the image. */
    public static final Settings DEFAULTS = with(RandomTransforms.STANDARD);

    public Settings {
      Checks.atLeastOne("steps", steps);
      Checks.positive("rate", rate);
      Checks.positive("standard deviation", sd);
      Checks.notNegative("decay", decay);
    }

    /**
     * Lucent's, with transforms for a size ({@link RandomTransforms#forSize}).
     *
     * @param size side of the image in pixels
     * @param stride the vision model's ({@link org.tiltlens.vision.VisionModel#stride})
     */
    public static Settings forSize(int size, int stride) {
      return with(RandomTransforms.forSize(size, stride));
    }

    private static Settings with(RandomTransforms transforms) {
      return new Settings(512, 0.05, Optimiser.Adam.USUAL, 0.01, 1, transforms);
    }
  }

  public FourierAscent {
    Checks.size(size);
  }

  /**
   * With {@link Settings#forSize}.
   *
   * @param stride of the vision model behind the score
   */
  public FourierAscent(Score score, int size, int stride) {
    this(score, size, Settings.forSize(size, stride));
  }

  @Override
  public int steps() {
    return settings.steps;
  }

  @Override
  public AscentState start(long seed, List<Integer> samples) {
    return AscentState.start(
        seed,
        samples,
        sample -> scale(Noise.normal(seed, sample, 0, 1, 3, size, size / 2 + 1, 2), settings.sd));
  }

  @Override
  public AscentState advance(AscentState now) {
    return now.then(this::step);
  }

  /** Images in [0, 1], each transformed by random numbers of its own of one draw, in [-1, 1]. */
  private List<Tensor> seen(Tensor unitImages, AscentState of, long draw) {
    return of.each(
        unitImages,
        (image, sample) -> {
          Tensor uniform = Noise.uniform(of.seed(), sample, draw, RandomTransforms.DRAWS);
          return signed(settings.transforms.apply(image, uniform));
        });
  }

  /** A view is the image under random transforms, as every step sees it. */
  @Override
  public double[] viewScores(AscentState done, int views, int together) {
    try (Scope scope = Scope.open()) {
      Tensor image = unitImages(done.parameters());
      return Views.scores(
          score, views, together, view -> seen(image, done, Views.draw(view, 1)).get(0));
    }
  }

  private AscentState step(AscentState now) {
    Tensor coefficients = Autograd.leaf(now.parameters()); // (N, 3, H, W/2 + 1, 2)
    Tensor images = unitImages(coefficients); // (N, 3, H, W)
    List<Tensor> seen = seen(images, now, 1L + now.step()); // N of (1, 3, h, w)
    Tensor scores = Views.scores(score.at(now.progress(settings.steps)), seen); // (N)
    Tensor gradient = Autograd.gradient(scores.sum().neg(), coefficients);
    return now.descended(settings.optimiser, gradient, settings.rate);
  }

  @Override
  public Tensor image(AscentState state) {
    return Scope.of(() -> signed(unitImages(state.parameters())));
  }

  private Tensor unitImages(Tensor coefficients) {
    return ColourCorrelation.toColours(directions(coefficients)).sigmoid();
  }

  private static Tensor signed(Tensor unitImage) {
    return plus(scale(unitImage, 2), -1);
  }

  /** The amounts of the colour directions: (N, 3, H, W/2 + 1, 2) -> (N, 3, H, W). */
  Tensor directions(Tensor coefficients) {
    return Fourier.inverse(Fourier.complex(coefficients.mul(damping())), size, size);
  }

  /** What coefficients are multiplied by, (H, W/2 + 1, 1). */
  Tensor damping() {
    double[] frequencies = Fourier.frequencies(size, size);
    float[] damping = new float[frequencies.length];
    for (int i = 0; i < damping.length; i++) {
      double floored = Math.max(frequencies[i], 1.0 / size);
      damping[i] = (float) (size / MAGIC / Math.pow(floored, settings.decay));
    }
    return Tensors.floats(damping, size, size / 2 + 1, 1);
  }
}
