package org.tiltlens.study;

import java.util.List;
import java.util.Objects;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;

/**
 * A {@link StudySpec} as one list of settings, each a word or a number that may not go with the
 * others: as the command line takes them, and as {@code run.json} had them in 0.1.0.
 *
 * <p>A number that changes along the run may be given as a ramp {@code from:to:hold:shape}, such as
 * {@code 1:0.5:0.2:exponential}.
 *
 * @param models the model files
 * @param unit as in {@link ScoreSpec}
 * @param reduction {@code max}, {@code mean}, {@code mix} or {@code lse}
 * @param mixAlpha weight of the maximum in {@code mix}, a number or a ramp
 * @param lseTemperature temperature of {@code lse}, a number or a ramp
 * @param center as in {@link ScoreSpec}
 * @param objective what the gradient is taken of: {@code max}, {@code clip}, {@code hinge} or
 *     {@code target}
 * @param cap score above which {@code clip} and {@code hinge} stop
 * @param penalty weight of {@code hinge} beyond the cap
 * @param level score {@code target} aims at
 * @param guidance {@code exact}, {@code tilt}, {@code twisted} or {@code constant}
 * @param beta tilt strength; null if it follows from the target, and for {@code constant}
 * @param target mean score that the tilt should reach; null if beta is given
 * @param pilots as in {@link AimSpec.Wanted}
 * @param particles of {@code twisted} and {@code exact}
 * @param clouds of {@code twisted}, as in {@link GuidanceSpec.Twisted}; null for one
 * @param exact how {@code exact} samples are drawn; null for the usual way
 * @param betas as in {@link LadderSpec.Betas}; null for none, or for {@code rungs}
 * @param rungs as in {@link LadderSpec.Rungs}; null for none
 * @param scale factor of {@code constant}
 * @param strength factor of a guidance along the run, a number or a ramp; null for {@code exact}
 * @param offAtEnd share of the last steps without guidance, in [0, 1]; null for {@code exact}
 * @param gradient null for {@code exact}; {@code full}, through the prior's network, or {@code x0},
 *     with respect to the clean estimate only
 * @param smoothing perturbed clean estimates over which {@code full} averages exp(beta s); null for
 *     the clean estimate itself
 * @param form {@code ddpm}, {@code ddim}, {@code dpmsolver}, {@code heun} or {@code lcm}
 * @param eta noise of {@code ddim}, in [0, 1]
 * @param schedule as in {@link StepsSpec}
 * @param baseSteps as in {@link StepsSpec}
 * @param respacing as in {@link StepsSpec}
 * @param count how many images
 * @param seed seed of all noise
 */
public record FlatSpec(
    ModelFiles models,
    String unit,
    String reduction,
    String mixAlpha,
    String lseTemperature,
    double center,
    String objective,
    Double cap,
    Double penalty,
    Double level,
    String guidance,
    Double beta,
    Target target,
    Pilots pilots,
    Integer particles,
    Integer clouds,
    ExactWords exact,
    List<Double> betas,
    Integer rungs,
    Double scale,
    String strength,
    Double offAtEnd,
    String gradient,
    Integer smoothing,
    String form,
    double eta,
    String schedule,
    int baseSteps,
    String respacing,
    int count,
    long seed)
    implements WrittenSpec {
  private static final List<String> REDUCTIONS = List.of("max", "mean", "mix", "lse");
  private static final List<String> OBJECTIVES = List.of("max", "clip", "hinge", "target");
  private static final List<String> GUIDANCES = List.of("exact", "tilt", "twisted", "constant");
  private static final String GUIDED = "{guidance} tilt, twisted or constant";
  private static final List<String> GRADIENTS = List.of("full", "x0");

  /**
   * The same in parts.
   *
   * @throws IllegalArgumentException if a setting is none, or has no meaning beside the others
   */
  @Override
  public StudySpec spec() {
    // First, so that what depends on a word is not asked for in its place.
    Bounds.requireWord("reduction", reduction, REDUCTIONS);
    Bounds.requireWord("objective", objective, OBJECTIVES);
    Bounds.requireWord("guidance", guidance, GUIDANCES);
    StepsSpec.Form step = StepsSpec.Form.of(form, eta);
    // Before a scale is asked for that would help nobody.
    if (guidance.equals("constant")) {
      GuidanceSpec.Constant.requireSteps(step);
    }
    return new StudySpec(
        models,
        new ScoreSpec(unit, spatialReduction(), center),
        climbed(),
        leading(),
        new StepsSpec(step, schedule, baseSteps, respacing),
        count,
        seed);
  }

  private SpatialReduction spatialReduction() {
    Bounds.onlyWith("mixAlpha", mixAlpha, "{reduction} mix", reduction.equals("mix"));
    Bounds.onlyWith("lseTemperature", lseTemperature, "{reduction} lse", reduction.equals("lse"));
    return switch (reduction) {
      case "max" -> new SpatialReduction.Max();
      case "mean" -> new SpatialReduction.Mean();
      case "mix" -> new SpatialReduction.Mix(Ramp.parse(mixAlpha));
      default -> new SpatialReduction.LogSumExp(Ramp.parse(lseTemperature));
    };
  }

  private Objective climbed() {
    boolean capped = objective.equals("clip") || objective.equals("hinge");
    Bounds.onlyWith("cap", cap, "{objective} clip or hinge", capped);
    Bounds.onlyWith("penalty", penalty, "{objective} hinge", objective.equals("hinge"));
    Bounds.onlyWith("level", level, "{objective} target", objective.equals("target"));
    return switch (objective) {
      case "max" -> new Objective.Maximize();
      case "clip" -> new Objective.Clip(cap);
      case "hinge" -> new Objective.Hinge(cap, penalty);
      default -> new Objective.Target(level);
    };
  }

  private GuidanceSpec leading() {
    AimSpec aim = aim();
    Bounds.onlyWith("scale", scale, "{guidance} constant", guidance.equals("constant"));
    LadderSpec ladder = ladder();
    ExactWords own = exact == null ? ExactWords.NONE : exact;
    if (!guidance.equals("twisted")) {
      Bounds.onlyWith("clouds", clouds, "{guidance} twisted", false);
    }
    if (guidance.equals("exact")) {
      requireNoGradient();
      return own.leading(aim, particles);
    }
    boolean twisted = guidance.equals("twisted");
    // Particles tell log Z by themselves.
    PoolChoice told = twisted || own.pool() == null ? null : new PoolChoice.Kept(own.pool());
    (told == null ? own : own.withoutPool()).requireNone();
    Bounds.onlyWith("particles", particles, "{guidance} twisted", twisted);
    Bounds.requireWord("gradient", gradient, GRADIENTS);
    ScoreGradient slope = slope();
    Strength course =
        new Strength(
            Ramp.parse(Objects.requireNonNull(strength, "strength")),
            Objects.requireNonNull(offAtEnd, "offAtEnd"));
    return switch (guidance) {
      case "tilt" -> new GuidanceSpec.Tilt(aim, ladder, slope, course, told);
      case "twisted" ->
          new GuidanceSpec.Twisted(aim, particles, clouds == null ? 1 : clouds, course);
      default -> new GuidanceSpec.Constant(scale, slope, course, told);
    };
  }

  /** Exact samples follow none. */
  private void requireNoGradient() {
    Bounds.onlyWith("strength", strength, GUIDED, false);
    Bounds.onlyWith("offAtEnd", offAtEnd, GUIDED, false);
    Bounds.onlyWith("gradient", gradient, GUIDED, false);
    Bounds.onlyWith("smoothing", smoothing, "{guidance} tilt or constant", false);
  }

  private AimSpec aim() {
    boolean tilts = !guidance.equals("constant");
    if (tilts && (beta == null) == (target == null)) {
      throw new SpecException(
          "{guidance} %s needs one of {beta}, {activation} and {targetPercentile}"
              + (beta == null ? "" : ", and has {beta} and another: leave one out"),
          guidance);
    }
    if (!tilts && (beta != null || target != null)) {
      throw new SpecException(
          (beta != null
                  ? "{beta} " + beta
                  : target.activation() != null ? "{activation}" : "{targetPercentile}")
              + " has a meaning only with {guidance} exact, tilt or twisted");
    }
    if (target == null && pilots != null) {
      throw new SpecException(
          "pilots find the beta of a target: give {activation} or {targetPercentile}, or no"
              + " {pilots}");
    }
    if (!tilts) {
      return null;
    }
    return target != null ? new AimSpec.Wanted(target, pilots) : new AimSpec.Given(beta);
  }

  private LadderSpec ladder() {
    if (betas != null && (!guidance.equals("tilt") || beta == null)) {
      throw new SpecException("{betas} has a meaning only with {guidance} tilt and {beta}");
    }
    if (rungs != null && (!guidance.equals("tilt") || betas != null)) {
      throw new SpecException(
          "{rungs} has a meaning only with {guidance} tilt and without {betas}");
    }
    if (rungs != null) {
      return new LadderSpec.Rungs(rungs);
    }
    return betas == null ? null : new LadderSpec.Betas(betas);
  }

  private ScoreGradient slope() {
    boolean full = gradient.equals("full");
    if (guidance.equals("twisted") && !(full && smoothing == null)) {
      throw new SpecException(
          "{guidance} twisted needs {gradient} full and no {smoothing}: its weights are those of"
              + " the whole gradient");
    }
    if (smoothing != null && !full) {
      throw new SpecException("{smoothing} %s has a meaning only with {gradient} full", smoothing);
    }
    if (smoothing != null) {
      return new ScoreGradient.Smoothed(smoothing);
    }
    return full ? new ScoreGradient.ThroughPrior() : new ScoreGradient.CleanEstimate();
  }
}
