package org.tiltlens.study;

import java.util.List;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.DpmSolver;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.models.PriorFile;
import org.tiltlens.run.Bounds;
import org.tiltlens.sampling.TwistedRun;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;

/** The words of a spec as the objects they stand for. */
final class SpecText {
  private static final List<String> REDUCTIONS = List.of("max", "mean", "mix", "lse");
  private static final List<String> OBJECTIVES = List.of("max", "clip", "hinge", "target");
  private static final List<String> GUIDANCES = List.of("tilt", "twisted", "constant");
  private static final List<String> GRADIENTS = List.of("full", "x0");
  private static final List<String> FORMS = List.of("ddpm", "ddim", "dpmsolver");

  private SpecText() {}

  /**
   * Refuses words that mean nothing, so that what depends on them is not asked for in their place.
   *
   * @throws IllegalArgumentException if there is one
   */
  static void requireWords(
      String reduction, String objective, String guidance, String gradient, String form) {
    Bounds.requireWord("reduction", reduction, REDUCTIONS);
    Bounds.requireWord("objective", objective, OBJECTIVES);
    Bounds.requireWord("guidance", guidance, GUIDANCES);
    Bounds.requireWord("gradient", gradient, GRADIENTS);
    Bounds.requireWord("form", form, FORMS);
  }

  /** Refuses words and numbers that mean nothing, before any model is opened. */
  static void check(StudySpec spec) {
    reduction(spec);
    guidance(spec, spec.target() == null ? spec.beta() : Double.valueOf(0));
    gradient(spec);
    form(spec);
    crop(spec);
    schedule(spec);
    PriorFile.check(spec.models().priorOptions());
  }

  static NoiseSchedule schedule(StudySpec spec) {
    return PriorFile.schedule(spec.schedule(), spec.baseSteps(), spec.respacing());
  }

  static CentralCrop crop(StudySpec spec) {
    return new CentralCrop(spec.center());
  }

  static SpatialReduction reduction(StudySpec spec) {
    return switch (spec.reduction()) {
      case "max" -> new SpatialReduction.Max();
      case "mean" -> new SpatialReduction.Mean();
      case "mix" -> new SpatialReduction.Mix(Ramp.parse(spec.mixAlpha()));
      case "lse" -> new SpatialReduction.LogSumExp(Ramp.parse(spec.lseTemperature()));
      default -> throw Bounds.unknown("reduction", spec.reduction(), REDUCTIONS);
    };
  }

  static Objective objective(StudySpec spec) {
    return switch (spec.objective()) {
      case "max" -> new Objective.Maximize();
      case "clip" -> new Objective.Clip(spec.cap());
      case "hinge" -> new Objective.Hinge(spec.cap(), spec.penalty());
      case "target" -> new Objective.Target(spec.level());
      default -> throw Bounds.unknown("objective", spec.objective(), OBJECTIVES);
    };
  }

  /**
   * How the gradient enters a step.
   *
   * @param beta the tilt's strength, given or solved for; null without a tilt
   */
  static Guidance guidance(StudySpec spec, Double beta) {
    return switch (spec.guidance()) {
      case "tilt", "twisted" -> tilt(spec, beta);
      case "constant" -> new Guidance.Constant(spec.scale(), objective(spec), strength(spec));
      default -> throw Bounds.unknown("guidance", spec.guidance(), GUIDANCES);
    };
  }

  static Guidance.Tilt tilt(StudySpec spec, double beta) {
    return new Guidance.Tilt(beta, objective(spec), strength(spec));
  }

  private static Strength strength(StudySpec spec) {
    return new Strength(Ramp.parse(spec.strength()), spec.offAtEnd());
  }

  /** What keeps a run from sampling q_beta exactly. */
  static String approximation(StudySpec spec) {
    if (spec.isTwisted()) {
      return TwistedRun.WEIGHTED;
    }
    if (spec.smoothing() != null) {
      return "smoothed plug-in guidance: scores of perturbed clean estimates stand for the expected"
          + " score, as if images had variance 1 around the estimate";
    }
    String plugIn =
        "plug-in guidance: the score of the clean estimate stands for the expected score";
    return spec.gradient().equals("x0")
        ? plugIn + ", and its gradient there for the one through the prior's network"
        : plugIn;
  }

  static ScoreGradient gradient(StudySpec spec) {
    return switch (spec.gradient()) {
      case "full" ->
          spec.smoothing() == null
              ? new ScoreGradient.ThroughPrior()
              : new ScoreGradient.Smoothed(spec.smoothing());
      case "x0" -> new ScoreGradient.CleanEstimate();
      default -> throw Bounds.unknown("gradient", spec.gradient(), GRADIENTS);
    };
  }

  static ReverseStep form(StudySpec spec) {
    return switch (spec.form()) {
      case "ddpm" -> new AncestralStep();
      case "ddim" -> new DdimStep(spec.eta());
      case "dpmsolver" -> new DpmSolver();
      default -> throw Bounds.unknown("form", spec.form(), FORMS);
    };
  }
}
