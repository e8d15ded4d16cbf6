package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;

/**
 * What is asked for: everything that decides the images, nothing about how they are computed.
 *
 * @param models the model files
 * @param score what is scored
 * @param objective what the gradient is taken of
 * @param guidance what leads the prior's steps
 * @param steps the prior's steps
 * @param count how many images, at most as many as particles
 * @param seed seed of all noise
 */
public record StudySpec(
    ModelFiles models,
    ScoreSpec score,
    Objective objective,
    GuidanceSpec guidance,
    StepsSpec steps,
    int count,
    long seed) {
  private static final double USUAL_CENTER = 0.5;
  private static final int USUAL_COUNT = 4;
  private static final int USUAL_EXACT = 16;
  private static final long USUAL_SEED = 45;

  public StudySpec {
    Objects.requireNonNull(models, "models");
    Objects.requireNonNull(score, "score");
    Objects.requireNonNull(objective, "objective");
    Objects.requireNonNull(guidance, "guidance");
    Objects.requireNonNull(steps, "steps");
    Bounds.within("count", count, 1, Bounds.MAX_COUNT);
    if (guidance instanceof GuidanceSpec.Twisted twisted) {
      Bounds.requireParticles(twisted.particles(), count);
      steps.form().requireAncestral("{guidance} twisted weighs");
    }
    if (guidance instanceof ExactGuidance exact) {
      Bounds.requireParticles(
          exact.particles() == null
              ? null
              : (exact.islands() == null ? 1 : exact.islands()) * exact.particles(),
          count);
      if (exact.aim() instanceof AimSpec.Wanted && !(objective instanceof Objective.Maximize)) {
        throw new SpecException(
            "{guidance} exact reaches a mean of what is tilted: give {objective} max, or {beta}");
      }
      exact.requireSteps(steps.form());
    }
    if (guidance instanceof RenoisedGuidance renoised) {
      if (renoised.aim() instanceof AimSpec.Wanted && !(objective instanceof Objective.Maximize)) {
        throw new SpecException(
            "{guidance} exact reaches a mean of what is tilted: give {objective} max, or {beta}");
      }
      if (!steps.form().step().isNoisy()) {
        throw new SpecException(
            "{from} corpus needs steps that draw noise: give {form} ddpm, not %s",
            steps.form().word());
      }
    }
    if (guidance instanceof GuidanceSpec.Tilt tilt && tilt.ladder() != null && count < 2) {
      throw new SpecException(
          "{betas} or {rungs} with %s image has no errors: give {count} 2 or more", count);
    }
    if (guidance instanceof GuidanceSpec.Constant) {
      GuidanceSpec.Constant.requireSteps(steps.form());
    }
  }

  /** Reads what any release wrote. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static StudySpec read(WrittenSpec written) {
    return written.spec();
  }

  /**
   * Images of one of a bundle's units whose mean score is at a target: samples of the tilt itself,
   * with the settings that the bundle starts from.
   *
   * @param unit the unit, such as {@code feature:81@pre}; see {@link Unit}
   */
  public static StudySpec exact(Bundle bundle, String unit, Target target) {
    return exact(bundle, unit, new AimSpec.Wanted(target, null));
  }

  /** The same of the tilt of a given beta; 0 for images of the prior itself. */
  public static StudySpec exact(Bundle bundle, String unit, double beta) {
    return exact(bundle, unit, new AimSpec.Given(beta));
  }

  /** The same with any aim that needs no pilots. */
  public static StudySpec exact(Bundle bundle, String unit, AimSpec aim) {
    return of(
        bundle,
        unit,
        ExactGuidance.usual(aim, PoolChoice.usual(bundle, steps(bundle))),
        USUAL_EXACT);
  }

  /**
   * Images of one of a bundle's units whose mean score is at a target, by plug-in guidance, with
   * the usual pilots, and as many images.
   */
  public static StudySpec of(Bundle bundle, String unit, Target target) {
    return of(bundle, unit, new AimSpec.Wanted(target, Pilots.USUAL));
  }

  /** The same by the tilt of a given beta; 0 for images of the prior itself. */
  public static StudySpec of(Bundle bundle, String unit, double beta) {
    return of(bundle, unit, new AimSpec.Given(beta));
  }

  /** The same with any aim: as many images as a pilot if it has pilots, else 4. */
  public static StudySpec of(Bundle bundle, String unit, AimSpec aim) {
    Preset preset = bundle.manifest().preset();
    return of(
        bundle,
        unit,
        new GuidanceSpec.Tilt(
            aim,
            null,
            new ScoreGradient.ThroughPrior(),
            new Strength(Ramp.parse(preset.strength()), preset.offAtEnd())),
        aim instanceof AimSpec.Wanted wanted && wanted.pilots() != null
            ? wanted.pilots().images()
            : USUAL_COUNT);
  }

  private static StudySpec of(Bundle bundle, String unit, GuidanceSpec guidance, int count) {
    Ramp alpha = Ramp.parse(bundle.manifest().preset().mixAlpha());
    return new StudySpec(
        bundle.models(),
        new ScoreSpec(unit, new SpatialReduction.Mix(alpha), USUAL_CENTER),
        new Objective.Maximize(),
        guidance,
        steps(bundle),
        count,
        USUAL_SEED);
  }

  private static StepsSpec steps(Bundle bundle) {
    return PoolSpec.of(bundle, 1).steps();
  }

  /**
   * How a preset's guidance changes along a run: weighted particles are {@link Strength#TEMPERED
   * tempered}.
   *
   * @param guidance its kind
   */
  public static String strength(Preset preset, String guidance) {
    return guidance.equals("twisted") ? Strength.TEMPERED.ramp().toString() : preset.strength();
  }

  /** The same of another unit. */
  public StudySpec withUnit(String unit) {
    ScoreSpec other = new ScoreSpec(unit, score.reduction(), score.center());
    return new StudySpec(models, other, objective, guidance, steps, count, seed);
  }

  /** The same with another number of images. */
  public StudySpec withCount(int images) {
    return new StudySpec(models, score, objective, guidance, steps, images, seed);
  }

  /** The same with other noise. */
  public StudySpec withSeed(long other) {
    return new StudySpec(models, score, objective, guidance, steps, count, other);
  }

  /**
   * The same with other steps of the prior.
   *
   * @param taken which of those it was trained with: {@code 250}, {@code ddim50}, {@code 10,15,20}
   */
  public StudySpec withRespacing(String taken) {
    return withSteps(steps.form(), taken);
  }

  /**
   * The same with steps of another form.
   *
   * @param taken as in {@link #withRespacing}
   */
  public StudySpec withSteps(StepsSpec.Form form, String taken) {
    StepsSpec other = steps.with(form, taken);
    // A pool is of the steps that it was drawn with.
    GuidanceSpec own = other.equals(steps) ? guidance : guidance.ofOtherSteps();
    return new StudySpec(models, score, objective, own, other, count, seed);
  }

  /**
   * The same exact samples from another pool.
   *
   * @throws IllegalArgumentException if the guidance is another
   */
  public StudySpec withPool(PoolChoice pool) {
    if (!(guidance instanceof ExactGuidance exact)) {
      throw new SpecException(
          "{pool} has a meaning only with {guidance} exact, not %s", guidance.word());
    }
    return with(exact.withPool(pool));
  }

  /**
   * The same tilt by weighted particles, {@link Strength#TEMPERED tempered}; without pilots, as
   * what they correct is an error that weighted particles do not make.
   *
   * @param particles how many, at least the images shown
   * @throws IllegalArgumentException if there is no tilt
   */
  public StudySpec twisted(int particles) {
    AimSpec aim = guidance.aim();
    if (aim == null) {
      throw new SpecException("{guidance} %s is no tilt: give {guidance} tilt", guidance.word());
    }
    AimSpec alone =
        aim instanceof AimSpec.Wanted wanted ? new AimSpec.Wanted(wanted.target(), null) : aim;
    Strength course = new Strength(Strength.TEMPERED.ramp(), guidance.strength().offAtEnd());
    return with(new GuidanceSpec.Twisted(alone, particles, course));
  }

  /** The same tilt with a ladder of evenly spaced betas below its own. */
  StudySpec laddered(int below) {
    return with(
        new GuidanceSpec.Tilt(
            guidance.aim(),
            new LadderSpec.Rungs(below),
            guidance.gradient(),
            guidance.strength(),
            guidance.pool()));
  }

  private StudySpec with(GuidanceSpec other) {
    return new StudySpec(models, score, objective, other, steps, count, seed);
  }

  /** The unit's name. */
  public String unit() {
    return score.unit();
  }

  /** Which of the prior's steps are taken. */
  public String respacing() {
    return steps.respacing();
  }

  /** The tilt's strength; null where it follows from a target, and without a tilt. */
  public Double beta() {
    return guidance.aim() instanceof AimSpec.Given given ? Double.valueOf(given.beta()) : null;
  }

  /** The mean score that the tilt should reach; null if there is none. */
  public Target target() {
    return guidance.aim() instanceof AimSpec.Wanted wanted ? wanted.target() : null;
  }

  /** Short runs that find the beta of the target; null if there are none. */
  public Pilots pilots() {
    return guidance.aim() instanceof AimSpec.Wanted wanted ? wanted.pilots() : null;
  }

  /** How many particles are drawn and weighted; null if there are none. */
  public Integer particles() {
    if (guidance instanceof GuidanceSpec.Twisted twisted) {
      return twisted.particles();
    }
    return guidance instanceof ExactGuidance exact ? exact.particles() : null;
  }

  /** Factor of constant guidance; null for another. */
  Double scale() {
    return guidance instanceof GuidanceSpec.Constant constant
        ? Double.valueOf(constant.scale())
        : null;
  }

  /** Images at other betas, which tell log Z and KL; null if there are none. */
  LadderSpec ladder() {
    return guidance instanceof GuidanceSpec.Tilt tilt ? tilt.ladder() : null;
  }

  /** Whether particles are drawn and weighted. */
  boolean isTwisted() {
    return guidance instanceof GuidanceSpec.Twisted;
  }

  /** Whether samples of the tilt itself are drawn. */
  boolean isExact() {
    return guidance instanceof ExactGuidance;
  }

  /** Whether images of a corpus are re-noised. */
  boolean isRenoised() {
    return guidance instanceof RenoisedGuidance;
  }

  /** The files and folders to read. */
  List<String> files() {
    List<String> pool = guidance.pool() == null ? List.of() : guidance.pool().files();
    return Stream.of(models.names().stream(), Unit.file(unit()).stream(), pool.stream())
        .flatMap(files -> files)
        .toList();
  }
}
