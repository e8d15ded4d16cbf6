package org.tiltlens.prompts;

import static org.tiltlens.torch.Tensors.scale;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * DiffExplainer: a prompt of vectors that no word has, climbed through text encoder and sampler
 * until its images drive the unit.
 *
 * <pre>
 *   context = encoder(start, tokens of the prefix, p_1 .. p_n, end, ...)
 *   maximise  weight mean s(sampler(context, noise))  over p
 * </pre>
 *
 * <p>Source: Pennisi et al. 2024 (arXiv 2404.02618). Its code is not published; what the paper does
 * not say is taken over from {@link Dexter}, of the same authors.
 *
 * @param prompted the prior; stays its owner's to close
 * @param score what is climbed
 * @param settings how
 */
public record DiffExplainer(Prompted prompted, Score score, Settings settings)
    implements PromptSearch {
  private static final String SCORE = "score";

  /**
   * How vectors are climbed.
   *
   * @param steps at least 1
   * @param rate the optimiser's, above 0
   * @param optimiser what makes steps of gradients
   * @param tokens n, vectors of the prompt, at least 1
   * @param prefix what stands before them in words; may be empty
   * @param sd standard deviation of the first vectors, in units of that of the words' own
   * @param weight of the score, above 0
   * @param sampling how images are drawn
   */
  public record Settings(
      int steps,
      double rate,
      Optimiser optimiser,
      int tokens,
      String prefix,
      double sd,
      double weight,
      SamplerSettings sampling) {
    /** Steps, rate, optimiser and sampler of {@link Dexter}; the rest is ours. */
    public static final Settings DEFAULTS =
        new Settings(
            Dexter.Settings.DEFAULTS.steps(),
            Dexter.Settings.DEFAULTS.rate(),
            Dexter.Settings.DEFAULTS.optimiser(),
            1,
            "a picture of a",
            1,
            1,
            SamplerSettings.DEXTER);

    public Settings {
      Checks.require(steps >= 1, "steps", steps, "at least 1");
      Checks.require(rate > 0 && Double.isFinite(rate), "rate", rate, "above 0 and finite");
      Checks.require(tokens >= 1, "tokens", tokens, "at least 1");
      Checks.require(sd >= 0 && Double.isFinite(sd), "sd", sd, "at least 0 and finite");
      Checks.require(weight > 0 && Double.isFinite(weight), "weight", weight, "above 0 and finite");
    }
  }

  /** Refuses a prompt that the encoder cannot read. */
  public DiffExplainer {
    PromptText.of(prompted, settings.prefix, settings.tokens);
  }

  @Override
  public int steps() {
    return settings.steps;
  }

  @Override
  public PromptSampler sampler() {
    return prompted.sampler(settings.sampling);
  }

  @Override
  public AscentState start(long seed, int sample) {
    int width = prompted.encoder().width();
    try (Scope scope = Scope.open()) {
      Tensor noise = Noise.normal(seed, sample, 0, 1, settings.tokens, width);
      double deviation = new Words(prompted.encoder()).deviation();
      return AscentState.start(
          seed,
          List.of(sample),
          scale(noise, settings.sd * deviation),
          Map.of(SCORE, Tensors.full(Double.NaN, 1)));
    }
  }

  @Override
  public AscentState advance(AscentState now) {
    return now.then(this::step);
  }

  private AscentState step(AscentState now) {
    Tensor soft = Autograd.leaf(now.parameters());
    Tensor context = context(soft);
    Score here = score.at((double) now.step() / settings.steps);
    FewSteps.Climbed climbed =
        sampler()
            .climb(
                context,
                now.seed(),
                now.step(),
                images -> scale(here.finite(images), 1.0 / settings.sampling.images()));
    now.tensor(SCORE).copy_(climbed.energies().sum().reshape(1));
    Tensor gradient = Autograd.gradient(context.mul(climbed.gradient()).sum(), soft);
    return now.descended(settings.optimiser, scale(gradient, -settings.weight), settings.rate);
  }

  /** What the prior is told. */
  private Tensor context(Tensor soft) {
    return PromptText.of(prompted, settings.prefix, settings.tokens).context(prompted, soft);
  }

  @Override
  public String note(AscentState state) {
    return String.format(Locale.ROOT, "score %.3f", Tensors.toDoubles(state.tensor(SCORE))[0]);
  }

  /** The vectors as they are, and the words nearest to them. */
  @Override
  public FoundPrompt found(AscentState state) {
    try (Scope scope = Scope.open()) {
      Tensor soft = state.parameters();
      List<String> nearest = new Words(prompted.encoder()).nearest(soft, prompted.tokenizer());
      String text = (settings.prefix + " " + String.join(" ", nearest)).strip();
      return new FoundPrompt(Scope.keepForever(context(soft).detach()), "near " + text);
    }
  }
}
