package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.addInPlace;
import static org.tiltlens.torch.Tensors.cat;
import static org.tiltlens.torch.Tensors.deviation;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Fourier;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Warp;

/**
 * Magnitude-constrained optimisation: only the phase of the image's spectrum is climbed, its
 * magnitude stays that of the corpus.
 *
 * <pre>
 *   z = standardised(irfft2(r exp(i standardised(phase))))     image = 2 sigmoid(colours(z)) - 1
 *   maximise the mean of s(crop + noise) over random crops, new ones every step
 * </pre>
 *
 * <p>Source: Fel et al. 2023 (arXiv 2306.06805), section 3, as their Horama does it. What its
 * standardisation makes of the magnitudes is one factor for all frequencies, and the mean of all
 * three colour directions set to 0. Horama's images are in [-2.5, 2.5]: that range is ours of [-1,
 * 1], and the noise is measured in its units. Columns 0 and W/2 of the spectrum hold each frequency
 * together with its mirror image; as in Horama their phases are free, and their magnitudes thereby
 * at most those of the corpus.
 *
 * <p>The published images have 1280 pixels where the model takes 224, so that a crop is shrunk, not
 * stretched: a spectrum {@linkplain MagnitudeSpectrum#resized resized} to {@link #canvas} does the
 * same for other models. No step sees all of such an image; {@link #picture} shrinks it.
 *
 * @param score what is climbed
 * @param spectrum r; its size is the image's. Stays its owner's to close
 * @param inputSize side, in pixels, to which crops are resized for the score
 * @param settings how
 */
public record MacoAscent(Score score, MagnitudeSpectrum spectrum, int inputSize, Settings settings)
    implements Ascent {
  /** Keeps standard deviations from being divided by 0, as in Horama. */
  private static final double EPSILON = 1e-4;

  private static final int DRAWS = 4;

  /** Side of the published canvas over that of the model's input. */
  private static final double PUBLISHED_RATIO = 1280 / 224.0;

  /**
   * How the phase is climbed.
   *
   * @param steps at least 1
   * @param rate the optimiser's, above 0
   * @param optimiser what makes steps of gradients
   * @param phaseSd standard deviation of the first phases, above 0
   * @param crops scored at each step, at least 1
   * @param smallestCrop side of the smallest crop as a share of the image's, above 0
   * @param largestCrop likewise of the largest, at least {@code smallestCrop}
   * @param centreSd standard deviation of the crops' centres around the image's, as a share of its
   *     side, at least 0
   * @param noise standard deviation of the normal noise on crops, and width of the uniform one, in
   *     units of {@code range}; at least 0
   * @param range values of the image are in [-range, range] for {@code noise}, above 0
   */
  public record Settings(
      int steps,
      double rate,
      Optimiser optimiser,
      double phaseSd,
      int crops,
      double smallestCrop,
      double largestCrop,
      double centreSd,
      double noise,
      double range) {
    /**
     * Horama's. It asks for crops of 0.20 to 0.25, but adds the larger bound where it means the
     * smaller, so that it takes 0.25 to 0.30.
     */
    public static final Settings DEFAULTS =
        new Settings(1000, 1, Optimiser.NAdam.USUAL, 1, 6, 0.25, 0.30, 0.15, 0.05, 2.5);

    public Settings {
      Checks.atLeastOne("steps", steps);
      Checks.positive("rate", rate);
      Checks.positive("standard deviation of the phases", phaseSd);
      Checks.atLeastOne("crops", crops);
      Checks.positive("smallest crop", smallestCrop);
      Checks.notNegative("largest crop less the smallest", largestCrop - smallestCrop);
      Checks.notNegative("standard deviation of the centres", centreSd);
      Checks.notNegative("noise", noise);
      Checks.positive("range", range);
    }
  }

  public MacoAscent {
    Checks.size(inputSize);
  }

  /** With {@link Settings#DEFAULTS}. */
  public MacoAscent(Score score, MagnitudeSpectrum spectrum, int inputSize) {
    this(score, spectrum, inputSize, Settings.DEFAULTS);
  }

  /**
   * Side of the published canvas for a model, rounded up to an even number: 1280 pixels where it
   * takes 224.
   *
   * @param inputSize side of the images that the model takes, in pixels
   */
  public static int canvas(int inputSize) {
    return 2 * (int) Math.ceil(inputSize * PUBLISHED_RATIO / 2);
  }

  @Override
  public int steps() {
    return settings.steps;
  }

  @Override
  public AscentState start(long seed, List<Integer> samples) {
    int size = spectrum.size();
    return AscentState.startTransparent(
        seed,
        samples,
        sample -> scale(Noise.normal(seed, sample, 0, 1, 3, size, size / 2 + 1), settings.phaseSd),
        3,
        size,
        size);
  }

  @Override
  public AscentState advance(AscentState now) {
    return now.then(this::step);
  }

  private AscentState step(AscentState now) {
    Tensor phases = Autograd.leaf(now.parameters()); // (N, 3, H, H/2 + 1)
    Tensor images = imagesOf(phases); // (N, 3, H, H)
    Tensor seen = seen(images, now); // (N crops, 3, inputSize, inputSize)
    Tensor scores = score.at(now.progress(settings.steps)).finite(seen); // (N crops)
    Tensor means = mean(scores.view(-1, settings.crops), 1); // (N)
    List<Tensor> gradients = Autograd.gradients(means.sum().neg(), List.of(images, phases));
    addInPlace(now.transparency(), gradients.get(0).abs(), 1);
    return now.descended(settings.optimiser, gradients.get(1), settings.rate);
  }

  private Tensor seen(Tensor images, AscentState now) {
    return noisyCrops(images, now, 1 + (long) DRAWS * now.step(), settings.crops);
  }

  /** A view is one crop with its noise. */
  @Override
  public double[] viewScores(AscentState done, int views, int together) {
    try (Scope scope = Scope.open()) {
      Tensor image = imagesOf(done.parameters());
      return Views.scores(
          score, views, together, view -> noisyCrops(image, done, Views.draw(view, DRAWS), 1));
    }
  }

  /** n of each image, (N, 3, H, H) -> (N n, 3, inputSize, inputSize), by its own numbers. */
  private Tensor noisyCrops(Tensor images, AscentState of, long draw, int n) {
    return cat(
        of.each(images, (image, sample) -> noisyCrops(image, of.seed(), sample, draw, n)), 0);
  }

  /** (1, 3, H, H) -> (n, 3, inputSize, inputSize), by the random numbers of four draws. */
  private Tensor noisyCrops(Tensor image, long seed, int sample, long draw, int n) {
    double[] centres = toDoubles(Noise.normal(seed, sample, draw, 2, n));
    double[] sides = toDoubles(Noise.uniform(seed, sample, draw + 1, n));
    double[][] places = new double[n][];
    for (int i = 0; i < n; i++) {
      places[i] =
          new double[] {
            0.5 + settings.centreSd * centres[i],
            0.5 + settings.centreSd * centres[n + i],
            settings.smallestCrop + sides[i] * (settings.largestCrop - settings.smallestCrop)
          };
    }
    int perSide = (int) Math.ceil(settings.largestCrop * spectrum.size() / inputSize);
    Tensor crops = Warp.crops(image, places, inputSize, perSide);
    if (settings.noise == 0) {
      return crops;
    }
    long[] shape = {n, 3, inputSize, inputSize};
    Tensor normal = Noise.normal(seed, sample, draw + 2, shape);
    Tensor uniform = plus(Noise.uniform(seed, sample, draw + 3, shape), -0.5);
    return crops.add(scale(addInPlace(normal, uniform, 1), settings.noise / settings.range));
  }

  @Override
  public Tensor image(AscentState state) {
    return Scope.of(() -> imagesOf(state.parameters()));
  }

  /** The canvas shrunk to the model's input, by antialiased bilinear means. */
  @Override
  public Tensor picture(AscentState state) {
    return Scope.of(
        () -> {
          Tensor canvas = imagesOf(state.parameters());
          return spectrum.size() == inputSize
              ? canvas
              : Layers.resizeBilinear(canvas, inputSize, inputSize);
        });
  }

  @Override
  public Optional<Tensor> transparency(AscentState state) {
    return Optional.of(Scope.of(() -> scale(state.transparency(), 1)));
  }

  private Tensor imagesOf(Tensor phases) {
    return plus(scale(ColourCorrelation.toColours(directions(phases)).sigmoid(), 2), -1);
  }

  /** z, the amounts of the colour directions: (N, 3, H, H/2 + 1) -> (N, 3, H, H). */
  Tensor directions(Tensor phases) {
    int size = spectrum.size();
    Tensor complex = Fourier.polar(spectrum.magnitudes(), standardised(phases));
    return standardised(Fourier.inverse(complex, size, size));
  }

  /** Each image's of mean 0 and standard deviation 1. */
  private static Tensor standardised(Tensor x) {
    Tensor mean = mean(x, 1, 2, 3).view(-1, 1, 1, 1);
    Tensor deviation = deviation(x, 1, 2, 3).view(-1, 1, 1, 1);
    return x.sub(mean).div(plus(deviation, EPSILON));
  }
}
