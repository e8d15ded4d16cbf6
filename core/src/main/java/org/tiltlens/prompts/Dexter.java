package org.tiltlens.prompts;

import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.bert.BertMasked;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.feature.Score;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * DEXTER: a masked language model fills in a template, steered by vectors before it that are
 * climbed until the images of its words drive the unit.
 *
 * <pre>
 *   l    = BERT(p, template) at its masks                                     (K, V)
 *   o    = onehot(argmax(l + g)), g Gumbel's noise; its gradient is that of softmax((l + g) / tau)
 *   E    = - weight mean s(sampler(encoder(template with o translated), noise))
 *          + languageWeight CE(BERT(p, template), template with the target words)
 * </pre>
 *
 * <p>The target words are the best so far: a word that is drawn where the loss {@code -mean s} is
 * below the mean of those its place's target was drawn with takes that place.
 *
 * <p>Source: Carnemolla et al. 2025 (arXiv 2510.14741), and its published code (perceivelab/dexter,
 * commit 303e580), whose defaults the settings are. There a classifier's class and five of its
 * features each have a word and a loss; here one unit has all words and one loss. It ends at a
 * fixed number of steps, as a unit has no class that could be predicted three times in a row. The
 * prior computes in its own precision, there in half.
 */
public final class Dexter implements PromptSearch {
  private static final String SCORE = "score";
  private static final String TARGETS = "targets";

  /** Sum and number of the losses that each target was drawn with, (2, K). */
  private static final String BASELINES = "baselines";

  /** What no target word may hold, as in its code; the first two at the beginning, too. */
  private static final String PIECES = "#[";

  private static final String MARKS = PIECES + ".\\/";

  /** Gumbel's noise and the first words are no image's. */
  private static final long WORDS = -2;

  private final Prompted prompted;
  private final WordPiece words;
  private final BertMasked bert;
  private final Score score;
  private final Settings settings;
  private final Template template;
  private final Translation translation;

  /**
   * How words are looked for.
   *
   * @param steps at least 1
   * @param rate the optimiser's, above 0
   * @param optimiser what makes steps of gradients
   * @param template text whose {@code [MASK]}s are filled in
   * @param vectors P, of no word before the template, at least 1
   * @param temperature tau, above 0
   * @param weight of the score, at least 0
   * @param languageWeight of the masked language model's loss, at least 0
   * @param embeddedTwice whether the template's vectors get positions and norm by themselves, and
   *     again behind the others, as in its code; else once, as the paper has it
   * @param sampling how images are drawn
   */
  public record Settings(
      int steps,
      double rate,
      Optimiser optimiser,
      String template,
      int vectors,
      double temperature,
      double weight,
      double languageWeight,
      boolean embeddedTwice,
      SamplerSettings sampling) {
    /** The authors', with the steps of their example. */
    public static final Settings DEFAULTS =
        new Settings(
            1000,
            0.1,
            new Optimiser.AdamW(0.9, 0.999, 1e-4, 0.01),
            "A picture of a [MASK] with [MASK] and [MASK] and [MASK] and [MASK] and [MASK].",
            1,
            1,
            1,
            1,
            true,
            SamplerSettings.DEXTER);

    public Settings {
      Checks.require(steps >= 1, "steps", steps, "at least 1");
      Checks.require(rate > 0 && Double.isFinite(rate), "rate", rate, "above 0 and finite");
      Checks.require(vectors >= 1, "vectors", vectors, "at least 1");
      Checks.require(
          temperature > 0 && Double.isFinite(temperature),
          "temperature",
          temperature,
          "above 0 and finite");
      Checks.require(
          weight >= 0 && Double.isFinite(weight), "weight", weight, "at least 0 and finite");
      Checks.require(
          languageWeight >= 0 && Double.isFinite(languageWeight),
          "language weight",
          languageWeight,
          "at least 0 and finite");
    }
  }

  /**
   * Joins models that stay their owners' to close.
   *
   * @param prompted the prior
   * @param words of the language model
   * @param bert the language model
   * @param score what is climbed
   * @throws IllegalArgumentException if the models or the template do not fit each other
   */
  public Dexter(
      Prompted prompted, WordPiece words, BertMasked bert, Score score, Settings settings) {
    this.prompted = prompted;
    this.words = words;
    this.bert = bert;
    this.score = score;
    this.settings = settings;
    if (words.size() > bert.vocabulary()) {
      throw new IllegalArgumentException(
          "the tokenizer of the language model has %d tokens, the model knows %d"
              .formatted(words.size(), bert.vocabulary()));
    }
    this.template = Template.of(settings.template, words, prompted);
    if (template.ids().length + settings.vectors > bert.positions()) {
      throw new IllegalArgumentException(
          "template '%s' has %d tokens and %d vectors before it, the language model reads %d"
              .formatted(
                  settings.template, template.ids().length, settings.vectors, bert.positions()));
    }
    this.translation = new Translation(words, prompted);
  }

  @Override
  public int steps() {
    return settings.steps;
  }

  @Override
  public PromptSampler sampler() {
    return prompted.sampler(settings.sampling);
  }

  /** Vectors uniform in [-1, 1], and target words by chance. */
  @Override
  public AscentState start(long seed, int sample) {
    try (Scope scope = Scope.open()) {
      Tensor uniform = Noise.uniform(seed, sample, 0, 1, settings.vectors, bert.width());
      int[] allowed = IntStream.range(0, words.size()).filter(id -> isFreeOf(id, PIECES)).toArray();
      double[] chance = Tensors.toDoubles(Noise.uniform(seed, WORDS, 0, template.open()));
      long[] targets =
          Arrays.stream(chance).mapToLong(u -> allowed[(int) (u * allowed.length)]).toArray();
      return AscentState.start(
          seed,
          List.of(sample),
          plus(scale(uniform, 2), -1),
          Map.of(
              SCORE, Tensors.full(Double.NaN, 1),
              TARGETS, Tensors.longs(targets, targets.length),
              BASELINES, Tensors.doubles(new double[2 * targets.length], 2, targets.length)));
    }
  }

  private boolean isFreeOf(int id, String marks) {
    return words.token(id).chars().noneMatch(letter -> marks.indexOf(letter) >= 0);
  }

  @Override
  public AscentState advance(AscentState now) {
    return now.then(this::step);
  }

  private AscentState step(AscentState now) {
    Tensor soft = Autograd.leaf(now.parameters());
    Tensor logits = logits(soft); // (1, L, V)
    long[] targets = Tensors.toLongs(now.tensor(TARGETS));
    Tensor language = bert.loss(logits, template.filled(targets));
    Tensor choice = straightThrough(open(logits), gumbel(now));
    Tensor context = context(choice);
    Score here = score.at((double) now.step() / settings.steps);
    FewSteps.Climbed climbed =
        sampler()
            .climb(
                context,
                now.seed(),
                now.step(),
                images -> scale(here.finite(images), 1.0 / settings.sampling.images()));
    double reached = climbed.energies().sum().item_double();
    Tensor loss =
        scale(language, settings.languageWeight)
            .sub(scale(context.mul(climbed.gradient()).sum(), settings.weight));
    Tensor gradient = Autograd.gradient(loss, soft);
    now.tensor(SCORE).copy_(Tensors.full(reached, 1));
    remember(now, targets, Tensors.toLongs(Tensors.argMax(choice.detach(), 1)), -reached);
    return now.descended(settings.optimiser, gradient, settings.rate);
  }

  /** BERT's, at the template's places. */
  private Tensor logits(Tensor soft) {
    Tensor text = bert.tokenEmbeddings(template.ids());
    Tensor behind = settings.embeddedTwice ? bert.embedded(text) : text;
    Tensor all = Tensors.cat(List.of(bert.device().place(soft), behind), 1);
    return bert.logits(all).narrow(1, settings.vectors, text.size(1));
  }

  /** At the masks, (K, V) of tokens that the tokenizer has. */
  private Tensor open(Tensor logits) {
    Tensor places = bert.device().place(longs(template.masks()));
    return logits.select(0, 0).index_select(0, places).narrow(1, 0, words.size());
  }

  private static Tensor longs(int... values) {
    long[] wide = Arrays.stream(values).asLongStream().toArray();
    return Tensors.longs(wide, wide.length);
  }

  /** Gumbel's noise, (K, V). */
  private Tensor gumbel(AscentState now) {
    Tensor uniform =
        Noise.uniform(now.seed(), WORDS, 1L + now.step(), template.open(), words.size());
    // A uniform number may be 0.
    Tensor inner = Tensors.clamp(uniform, 1e-12, 1).log().neg();
    return bert.device().place(inner.log().neg());
  }

  /** One-hot rows whose gradient is that of the softmax (Jang et al. 2017, section 2.2). */
  private Tensor straightThrough(Tensor logits, Tensor noise) {
    Tensor soft = Layers.softmax(scale(logits.add(noise), 1 / settings.temperature), 1);
    Tensor hard = soft.detach().mul(soft.detach().eq(Tensors.max(soft.detach(), 1).unsqueeze(1)));
    return hard.sign().sub(soft.detach()).add(soft);
  }

  /** What the prior is told of chosen words (K, V). */
  private Tensor context(Tensor choice) {
    Tensor vectors = prompted.encoder().device().place(choice).matmul(translation.rows());
    return template.context(prompted, vectors.unsqueeze(0));
  }

  /** Takes words over that do better than the targets; what a state has is changed in place. */
  private void remember(AscentState now, long[] targets, long[] drawn, double loss) {
    double[] baselines = Tensors.toDoubles(now.tensor(BASELINES));
    int open = targets.length;
    for (int i = 0; i < open; i++) {
      if (baselines[open + i] == 0) {
        baselines[i] = loss;
        baselines[open + i] = 1;
      }
      boolean better = loss < baselines[i] / baselines[open + i];
      if (drawn[i] == targets[i]) {
        baselines[i] += loss;
        baselines[open + i]++;
      } else if (better && isFreeOf((int) drawn[i], MARKS)) {
        baselines[i] = loss;
        baselines[open + i] = 1;
        targets[i] = drawn[i];
      }
    }
    now.tensor(BASELINES).copy_(Tensors.doubles(baselines, 2, open));
    now.tensor(TARGETS).copy_(Tensors.longs(targets, open));
  }

  private List<String> targets(AscentState state) {
    return Arrays.stream(Tensors.toLongs(state.tensor(TARGETS)))
        .mapToObj(id -> words.token(Math.toIntExact(id)))
        .toList();
  }

  @Override
  public String note(AscentState state) {
    try (Scope scope = Scope.open()) {
      return String.format(
          Locale.ROOT,
          "score %.3f, %s",
          Tensors.toDoubles(state.tensor(SCORE))[0],
          String.join(" ", targets(state)));
    }
  }

  /**
   * The template with the target words. Words that the prior's text encoder does not know are told
   * it by vectors of zeros, and stand in brackets.
   */
  @Override
  public FoundPrompt found(AscentState state) {
    try (Scope scope = Scope.open()) {
      long[] targets = Tensors.toLongs(state.tensor(TARGETS));
      Tensor ids = prompted.encoder().device().place(Tensors.longs(targets, targets.length));
      Tensor vectors = translation.rows().index_select(0, ids).unsqueeze(0);
      List<String> shown =
          Arrays.stream(targets)
              .mapToInt(Math::toIntExact)
              .mapToObj(id -> translation.knows(id) ? words.token(id) : "(" + words.token(id) + ")")
              .toList();
      return new FoundPrompt(
          Scope.keepForever(template.context(prompted, vectors)), template.filled(shown));
    }
  }

  @Override
  public void close() {
    translation.close();
  }
}
