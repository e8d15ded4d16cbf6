package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;
import org.tiltlens.feature.Objective;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.sampling.TwistedRun;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.TwistedClouds;

/** What leads the prior's steps to images that drive the unit. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ExactGuidance.class, name = "exact"),
  @JsonSubTypes.Type(value = RenoisedGuidance.class, name = "renoised"),
  @JsonSubTypes.Type(value = GuidanceSpec.Tilt.class, name = "tilt"),
  @JsonSubTypes.Type(value = GuidanceSpec.Twisted.class, name = "twisted"),
  @JsonSubTypes.Type(value = GuidanceSpec.Constant.class, name = "constant"),
})
public sealed interface GuidanceSpec {
  /** Perturbed estimates of one image over which a gradient may be smoothed; all in memory. */
  int MAX_SMOOTHING = 10_000;

  /** Its word on the command line and in results. */
  String word();

  /** How much of it acts along the run. */
  Strength strength();

  /** How the score's gradient is had. */
  ScoreGradient gradient();

  /** How strong the tilt is; null if there is none. */
  AimSpec aim();

  /** Unguided paths of the prior that tell of its tilts; null where none are asked. */
  default PoolChoice pool() {
    return null;
  }

  /** The same of a prior's other steps, of which a pool that was drawn before tells nothing. */
  default GuidanceSpec ofOtherSteps() {
    return this;
  }

  /**
   * How the gradient enters a step.
   *
   * @param beta the tilt's strength, given or solved for; null without a tilt
   */
  Guidance of(Objective objective, Double beta);

  /** What keeps a run from sampling q_beta exactly. */
  default String approximation() {
    if (gradient() instanceof ScoreGradient.Smoothed) {
      return "smoothed plug-in guidance: scores of perturbed clean estimates stand for the expected"
          + " score, as if images had variance 1 around the estimate";
    }
    String plugIn =
        "plug-in guidance: the score of the clean estimate stands for the expected score";
    return gradient() instanceof ScoreGradient.CleanEstimate
        ? plugIn + ", and its gradient there for the one through the prior's network"
        : plugIn;
  }

  /**
   * The principled tilt, image by image.
   *
   * @param aim how strong it is
   * @param ladder betas below its own, drawn to estimate log Z and KL; null for none
   * @param gradient how the score's gradient is had
   * @param strength its factor along the run
   * @param pool unguided paths that tell log Z, KL and the certificate; null for none
   */
  record Tilt(
      AimSpec aim, LadderSpec ladder, ScoreGradient gradient, Strength strength, PoolChoice pool)
      implements GuidanceSpec {
    /** Without a pool. */
    public Tilt(AimSpec aim, LadderSpec ladder, ScoreGradient gradient, Strength strength) {
      this(aim, ladder, gradient, strength, null);
    }

    public Tilt {
      Objects.requireNonNull(aim, "aim");
      Objects.requireNonNull(strength, "strength");
      requireBounded(gradient);
      if (ladder instanceof LadderSpec.Betas given) {
        requireEnd(given, aim);
      }
    }

    private static void requireEnd(LadderSpec.Betas ladder, AimSpec aim) {
      if (!(aim instanceof AimSpec.Given own)) {
        throw new SpecException("{betas} has a meaning only with {guidance} tilt and {beta}");
      }
      if (ladder.last() != own.beta()) {
        throw new SpecException(
            "the ladder {betas} %s does not end at {beta} %s: give betas from 0 to that",
            ladder.betas(), own.beta());
      }
    }

    @Override
    public Tilt ofOtherSteps() {
      return new Tilt(aim, ladder, gradient, strength);
    }

    @Override
    public String word() {
      return "tilt";
    }

    @Override
    public Guidance of(Objective objective, Double beta) {
      return new Guidance.Tilt(beta, objective, strength);
    }
  }

  /**
   * Particles that follow the tilt and are weighted for what it gets wrong, with the gradient
   * through the prior's network, as their weights are those of the whole gradient.
   *
   * @param aim how strong the tilt is
   * @param particles how many, those of all clouds together
   * @param clouds independent ones that share them out, with two or more each; their spread gives
   *     the errors
   * @param strength its factor along the run
   */
  record Twisted(
      AimSpec aim, @JsonProperty(required = true) int particles, int clouds, Strength strength)
      implements GuidanceSpec {
    public Twisted {
      // Runs of a release that knew of none name none.
      clouds = clouds == 0 ? 1 : clouds;
      Objects.requireNonNull(aim, "aim");
      Objects.requireNonNull(strength, "strength");
      Bounds.within("particles", particles, 2, Bounds.MAX_PARTICLES);
      Bounds.requireClouds(clouds, particles);
    }

    /** In as many clouds as is usual. */
    public Twisted(AimSpec aim, int particles, Strength strength) {
      this(aim, particles, TwistedClouds.usual(particles), strength);
    }

    @Override
    public String word() {
      return "twisted";
    }

    @Override
    public ScoreGradient gradient() {
      return new ScoreGradient.ThroughPrior();
    }

    @Override
    public Guidance of(Objective objective, Double beta) {
      return new Guidance.Tilt(beta, objective, strength);
    }

    @Override
    public String approximation() {
      return TwistedRun.WEIGHTED;
    }
  }

  /**
   * The published heuristic, which is no tilt.
   *
   * @param scale factor of the gradient, finite
   * @param gradient how the score's gradient is had
   * @param strength its factor along the run
   * @param pool unguided paths that tell how far it is from the tilt of the same mean; null for
   *     none
   */
  record Constant(
      @JsonProperty(required = true) double scale,
      ScoreGradient gradient,
      Strength strength,
      PoolChoice pool)
      implements GuidanceSpec {
    /** Without a pool. */
    public Constant(double scale, ScoreGradient gradient, Strength strength) {
      this(scale, gradient, strength, null);
    }

    public Constant {
      Objects.requireNonNull(strength, "strength");
      requireBounded(gradient);
      if (!Double.isFinite(scale)) {
        throw new SpecException("illegal {scale}: %s, must be a finite number", scale);
      }
    }

    /**
     * Refuses steps that look beyond where they are, as nothing moves one of them by itself.
     *
     * @throws IllegalArgumentException if they do
     */
    static void requireSteps(StepsSpec.Form form) {
      if (form.looksAround()) {
        throw new SpecException(
            "{form} %s has no place for {guidance} constant: give {guidance} tilt, or {form} ddpm",
            form.word());
      }
    }

    @Override
    public Constant ofOtherSteps() {
      return new Constant(scale, gradient, strength);
    }

    @Override
    public String word() {
      return "constant";
    }

    @Override
    public AimSpec aim() {
      return null;
    }

    @Override
    public Guidance of(Objective objective, Double beta) {
      return new Guidance.Constant(scale, objective, strength);
    }
  }

  /** Samples that are weighed and moved by all of the tilt; only moves may follow the gradient. */
  sealed interface Unguided extends GuidanceSpec permits ExactGuidance, RenoisedGuidance {
    @Override
    default Strength strength() {
      return Strength.FULL;
    }

    @Override
    default ScoreGradient gradient() {
      return new ScoreGradient.ThroughPrior();
    }

    @Override
    default Guidance of(Objective objective, Double beta) {
      return new Guidance.Tilt(beta, objective, Strength.FULL);
    }
  }

  private static void requireBounded(ScoreGradient gradient) {
    Objects.requireNonNull(gradient, "gradient");
    if (gradient instanceof ScoreGradient.Smoothed smoothed) {
      Bounds.within("smoothing", smoothed.draws(), 1, MAX_SMOOTHING);
    }
  }
}
