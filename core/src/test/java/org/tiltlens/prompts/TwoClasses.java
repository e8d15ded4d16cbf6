package org.tiltlens.prompts;

import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Autoencoder;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.LatentPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.feature.Score;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.text.ClipText;
import org.tiltlens.text.ClipTokenizer;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A prior in closed form that a text tells which of two classes its images are of: a mixture of
 * three normal distributions, weighed by how near what the encoder says of one word is to what it
 * says of each class' own.
 *
 * <pre>
 * w_k  ∝ exp(-|c - c_k|^2 / (2 width^2 |c_1 - c_2|^2)), or a constant for the third
 * p(z | c) = sum_k w_k N(mu_k, s^2)          x = z / 2
 * </pre>
 *
 * <p>The score is {@code x . (mu_1 - mu_2)}, in units that make it 1 at the first class' mean and
 * -1 at the second's.
 */
final class TwoClasses implements AutoCloseable {
  static final String PREFIX = "a picture of a";
  static final String FIRST = "night";
  static final String SECOND = "ball";

  private static final long SIDE = 4;
  private static final double VARIANCE = 0.5;

  final ClipTokenizer tokenizer = ClipTokenizer.open(LatentGoldens.file("clip_text_hf"));
  final ClipText encoder = ClipText.open(LatentGoldens.file("clip_text_hf"), Device.CPU);

  private final NoiseSchedule base = NoiseSchedule.named("scaled_linear:0.00085:0.012", 1000);
  private final NoiseSchedule schedule;
  private final double width;

  /** (2, C). */
  private final Tensor centres;

  /** mu_k, (3, 3 SIDE SIDE). */
  private final Tensor means;

  /**
   * @param respacing the steps that are taken
   * @param width how near is near
   */
  TwoClasses(String respacing, double width) {
    schedule = base.respaced(respacing);
    this.width = width;
    try (Scope scope = Scope.open()) {
      centres =
          Scope.keepForever(
              Tensors.cat(List.of(word(context(FIRST)), word(context(SECOND))), 0).clone());
      Tensor patterns = scale(Noise.normal(45, 0, 0, 3, 3 * SIDE * SIDE), 0.5);
      patterns.select(0, 2).zero_();
      means = Scope.keepForever(patterns.clone());
    }
  }

  /** The prior as methods see it. */
  Prompted prompted() {
    return new Prompted(tokenizer, encoder, this::told);
  }

  /** What the prior is told of a word, (1, L, C). */
  Tensor context(String word) {
    return encoder
        .encode(tokenizer.ids(PREFIX + " " + word, encoder.contextLength()))
        .lastHiddenState();
  }

  /** Its row of what the encoder says, (1, C). */
  private Tensor word(Tensor context) {
    return context.select(1, 1 + tokenizer.encode(PREFIX).length);
  }

  /** w_k, (1, 3). */
  Tensor weights(Tensor context) {
    Tensor away = word(context).sub(centres).square(); // (2, C)
    double unit =
        centres.select(0, 0).sub(centres.select(0, 1)).square().sum().item_double()
            * 2
            * width
            * width;
    Tensor near = scale(Tensors.sum(away, 1), -1 / unit).unsqueeze(0);
    return Tensors.cat(List.of(near, Tensors.full(-4, 1, 1)), 1).softmax(1);
  }

  Score score() {
    return images -> {
      Tensor direction = means.select(0, 0).sub(means.select(0, 1));
      double first = means.select(0, 0).mul(direction).sum().item_double();
      double second = means.select(0, 1).mul(direction).sum().item_double();
      Tensor along = scale(images, 2).flatten(1, -1).matmul(direction);
      return plus(scale(along, 2 / (first - second)), -(first + second) / (first - second));
    };
  }

  private Prior told(Tensor context) {
    DiffusionPrior latents =
        new DiffusionPrior(
            new Mixture(context),
            schedule,
            new DiffusionPrior.Options(
                VarianceType.FIXED_SMALL, false, false, OptionalInt.empty()));
    return new LatentPrior(latents, new Half());
  }

  /** Its denoiser. */
  private final class Mixture implements Denoiser {
    private final Tensor context;

    Mixture(Tensor context) {
      this.context = context;
    }

    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      int t = (int) timesteps[0];
      double abar = base.alphaCumprod(t);
      double v = abar * VARIANCE + 1 - abar;
      Tensor flat = x.flatten(1, -1).unsqueeze(1); // (N, 1, D)
      Tensor away = flat.sub(scale(means, Math.sqrt(abar)).unsqueeze(0)); // (N, 3, D)
      Tensor log = scale(Tensors.sum(away.square(), 2), -0.5 / v).add(weights(context).log());
      Tensor r = log.softmax(1).unsqueeze(2); // (N, 3, 1)
      Tensor each = means.unsqueeze(0).add(scale(away, Math.sqrt(abar) * VARIANCE / v));
      Tensor x0 = Tensors.sum(r.mul(each), 1).view_as(x);
      return scale(x.sub(scale(x0, Math.sqrt(abar))), 1 / Math.sqrt(1 - abar));
    }

    @Override
    public long[] imageShape() {
      return new long[] {3, SIDE, SIDE};
    }

    @Override
    public boolean learnsVariance() {
      return false;
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public void close() {}
  }

  /** Images are half their latents. */
  private static final class Half implements Autoencoder {
    @Override
    public Tensor decode(Tensor latents) {
      return scale(latents, 0.5);
    }

    @Override
    public Tensor encode(Tensor images) {
      return scale(images, 2);
    }

    @Override
    public long[] imageShape(long... latents) {
      return Arrays.copyOf(latents, latents.length);
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() {
    Scope.release(centres);
    Scope.release(means);
    encoder.close();
  }
}
