package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.clampInPlace;
import static org.tiltlens.torch.Tensors.mean;
import static org.tiltlens.torch.Tensors.scale;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Plain gradient ascent on pixels, the naive reference: nothing keeps the image natural but its
 * smoothness and size.
 *
 * <pre>
 *   minimise -s(x) + variation TV(x) + energy mean(x^2)   over x in [-1, 1]
 * </pre>
 *
 * <p>Source: Simonyan, Vedaldi and Zisserman 2014, equation 1 (the norm); Mahendran and Vedaldi
 * 2015, section 3 (total variation). The weights of the two depend on the scale of the scores;
 * there are no usual ones, and {@link Settings#DEFAULTS} has ours.
 *
 * @param score what is climbed
 * @param size side of the image in pixels, at least 2
 * @param settings how
 */
public record PixelAscent(Score score, int size, Settings settings) implements Ascent {

  /**
   * How pixels are climbed.
   *
   * @param steps at least 1
   * @param rate the optimiser's, above 0
   * @param optimiser what makes steps of gradients
   * @param sd standard deviation of the pixels of the first image, which is grey noise
   * @param variation weight of {@code TV}, the mean absolute difference of neighbours summed over
   *     four directions; at least 0
   * @param energy weight of the mean square, at least 0
   */
  public record Settings(
      int steps, double rate, Optimiser optimiser, double sd, double variation, double energy) {
    /** The steps of Lucent, and penalties of about 1 for an image of noise. */
    public static final Settings DEFAULTS =
        new Settings(512, 0.05, Optimiser.Adam.USUAL, 0.01, 0.25, 0.1);

    public Settings {
      Checks.atLeastOne("steps", steps);
      Checks.positive("rate", rate);
      Checks.notNegative("standard deviation", sd);
      Checks.notNegative("weight of the variation", variation);
      Checks.notNegative("weight of the energy", energy);
    }
  }

  public PixelAscent {
    Checks.size(size);
  }

  /** With {@link Settings#DEFAULTS}. */
  public PixelAscent(Score score, int size) {
    this(score, size, Settings.DEFAULTS);
  }

  @Override
  public int steps() {
    return settings.steps;
  }

  @Override
  public AscentState start(long seed, List<Integer> samples) {
    return AscentState.start(seed, samples, sample -> first(seed, sample));
  }

  private Tensor first(long seed, int sample) {
    Tensor noise = Noise.normal(seed, sample, 0, 1, 3, size, size);
    return clampInPlace(scale(noise, settings.sd), -1, 1);
  }

  @Override
  public AscentState advance(AscentState now) {
    return now.then(this::step);
  }

  private AscentState step(AscentState now) {
    Tensor x = Autograd.leaf(now.parameters()); // (N, 3, H, W)
    // Summed over the images, never averaged: the gradient is that of each alone.
    Tensor loss = score.at(now.progress(settings.steps)).finite(x).sum().neg();
    if (settings.variation > 0) {
      loss = loss.add(scale(Smoothness.absolute(x).sum(), settings.variation));
    }
    if (settings.energy > 0) {
      loss = loss.add(scale(mean(x.mul(x), 1, 2, 3).sum(), settings.energy));
    }
    Tensor gradient = Autograd.gradient(loss, x);
    AscentState next = now.descended(settings.optimiser, gradient, settings.rate);
    clampInPlace(next.parameters(), -1, 1);
    return next;
  }

  @Override
  public Tensor image(AscentState state) {
    return Scope.of(() -> Tensors.clamp(state.parameters(), -1, 1));
  }
}
