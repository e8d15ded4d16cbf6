package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.addInPlace;
import static org.tiltlens.torch.Tensors.cat;
import static org.tiltlens.torch.Tensors.clamp;
import static org.tiltlens.torch.Tensors.clampInPlace;
import static org.tiltlens.torch.Tensors.floats;
import static org.tiltlens.torch.Tensors.norm;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Warp;
import org.tiltlens.vision.Normalisation;

/**
 * VITAL: an image whose activations are distributed as those of real images that drive the unit. No
 * term asks for a high score.
 *
 * <pre>
 *   minimise matching sum_l weight_l SortMatching_l(roll(x)) + variation TV(roll(x)) + energy |x|
 * </pre>
 *
 * <p>Source: Gorgun, Schiele and Fischer 2025 (arXiv 2503.22399), their settings for inner units at
 * one resolution. As there, x is an image normalised as for ImageNet, starts as standard normal
 * noise and is kept to what is an image. What differs is said at {@link VitalReferences}.
 *
 * @param references the real images, and where and how they are compared; stay their owner's to
 *     close
 * @param size side of the image in pixels, at least 2; images of another size than the references
 *     are matched rank by rank, interpolated
 * @param settings how
 */
public record VitalAscent(VitalReferences references, int size, Settings settings)
    implements Ascent {
  private static final Normalisation SPACE = Normalisation.IMAGENET;

  /** The side of the images that the published numbers are for. */
  private static final double PUBLISHED_SIZE = 224;

  /**
   * How pixels are moved.
   *
   * @param steps at least 1
   * @param rate the optimiser's highest, above 0
   * @param optimiser what makes steps of gradients
   * @param warmUp steps over which the rate rises, at least 0; then it falls as a cosine to 0
   * @param roll the image is rolled by up to so many pixels each way before every step, at least 0
   * @param flip whether it is then mirrored in half of the steps
   * @param matching weight of the sort matching, at least 0
   * @param variation weight of {@code TV}, the Euclidean norm of the differences of neighbours
   *     summed over four directions; at least 0
   * @param absoluteVariation weight of their mean absolute value, likewise
   * @param energy weight of the norm of the image, at least 0
   */
  public record Settings(
      int steps,
      double rate,
      Optimiser optimiser,
      int warmUp,
      int roll,
      boolean flip,
      double matching,
      double variation,
      double absoluteVariation,
      double energy) {
    /** The authors', whatever the size of the image. */
    public static final Settings DEFAULTS = with(30);

    public Settings {
      Checks.atLeastOne("steps", steps);
      Checks.positive("rate", rate);
      Checks.notNegative("steps of warm-up", warmUp);
      Checks.notNegative("roll", roll);
      Checks.notNegative("weight of the matching", matching);
      Checks.notNegative("weight of the variation", variation);
      Checks.notNegative("weight of the absolute variation", absoluteVariation);
      Checks.notNegative("weight of the energy", energy);
    }

    /** The authors', with rolls that below 224 pixels shrink in proportion. */
    public static Settings forSize(int size) {
      return with((int) Math.round(30 * Math.min(1, size / PUBLISHED_SIZE)));
    }

    private static Settings with(int roll) {
      Optimiser adam = new Optimiser.Adam(0.5, 0.9, 1e-8);
      return new Settings(2000, 1, adam, 100, roll, false, 1, 3e-7, 0, 3e-7);
    }

    /** The rate of the step after {@code step} steps. */
    double rateAt(int step) {
      return step < warmUp
          ? rate * (step + 1) / warmUp
          : rate * 0.5 * (1 + Math.cos(Math.PI * (step - warmUp) / (steps - warmUp)));
    }
  }

  public VitalAscent {
    Checks.size(size);
  }

  /** With {@link Settings#forSize}. */
  public VitalAscent(VitalReferences references, int size) {
    this(references, size, Settings.forSize(size));
  }

  @Override
  public int steps() {
    return settings.steps;
  }

  @Override
  public AscentState start(long seed, List<Integer> samples) {
    return AscentState.startTransparent(
        seed, samples, sample -> Noise.normal(seed, sample, 0, 1, 3, size, size), 3, size, size);
  }

  @Override
  public AscentState advance(AscentState now) {
    return now.then(this::step);
  }

  private AscentState step(AscentState now) {
    Tensor x = Autograd.leaf(now.parameters()); // (N, 3, H, W)
    Tensor seen = rolled(x, now, 1L + now.step()); // (N, 3, H, W)
    Tensor loss = penalties(seen).sum();
    if (settings.matching > 0) {
      Tensor matching = // (N)
          references.losses(references.score().at(now.progress(settings.steps)), toImage(seen));
      loss = loss.add(scale(matching.sum(), settings.matching));
    }
    Tensor gradient = Autograd.gradient(loss, x);
    addInPlace(now.transparency(), gradient.abs(), 1);
    AscentState next = now.descended(settings.optimiser, gradient, settings.rateAt(now.step()));
    clampInPlace(next.parameters(), bound(-1), bound(1));
    return next;
  }

  /** What is climbed is a distance; the score is that of the references. */
  @Override
  public Score score() {
    return references.score();
  }

  /** A view is the image rolled, and mirrored where the settings say so, as every step sees it. */
  @Override
  public double[] viewScores(AscentState done, int views, int together) {
    try (Scope scope = Scope.open()) {
      Tensor image = image(done);
      return Views.scores(
          score(), views, together, view -> rolled(image, done, Views.draw(view, 1)));
    }
  }

  /** Each image by random numbers of its own of one draw. */
  private Tensor rolled(Tensor images, AscentState of, long draw) {
    return cat(
        of.each(
            images, (image, sample) -> rolled(image, Noise.uniform(of.seed(), sample, draw, 3))),
        0);
  }

  private Tensor rolled(Tensor x, Tensor draws) {
    double[] uniform = toDoubles(draws);
    int places = 2 * settings.roll + 1;
    int down = (int) (uniform[0] * places) - settings.roll;
    int right = (int) (uniform[1] * places) - settings.roll;
    Tensor rolled = settings.roll == 0 ? x : Warp.roll(x, right, down);
    return settings.flip && uniform[2] > 0.5 ? rolled.flip(3) : rolled;
  }

  /** (N, 3, H, W) -> (N). */
  private Tensor penalties(Tensor x) {
    Tensor sum = scale(norm(x, 1, 2, 3).flatten(), settings.energy);
    if (settings.variation > 0) {
      sum = sum.add(scale(Smoothness.euclidean(x), settings.variation));
    }
    if (settings.absoluteVariation > 0) {
      sum = sum.add(scale(Smoothness.absolute(x), settings.absoluteVariation));
    }
    return sum;
  }

  @Override
  public Tensor image(AscentState state) {
    return Scope.of(() -> clamp(toImage(state.parameters()), -1, 1));
  }

  @Override
  public Optional<Tensor> transparency(AscentState state) {
    return Optional.of(Scope.of(() -> scale(state.transparency(), 1)));
  }

  private static Tensor toImage(Tensor normalised) {
    return normalised.sub(perColour(SPACE.shift())).div(perColour(SPACE.scale()));
  }

  /** What a pixel of this value in [-1, 1] is normalised. */
  private static Tensor bound(double pixel) {
    return scale(perColour(SPACE.scale()), pixel).add(perColour(SPACE.shift()));
  }

  private static Tensor perColour(List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats(floats, 1, floats.length, 1, 1);
  }
}
