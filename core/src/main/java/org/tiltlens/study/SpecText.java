package org.tiltlens.study;

import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.DpmSolver;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;

/** The words of a spec as the objects they stand for. */
final class SpecText {
  private SpecText() {}

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
      default -> throw unknown("reduction", spec.reduction(), "max, mean, mix or lse");
    };
  }

  static Objective objective(StudySpec spec) {
    return switch (spec.objective()) {
      case "max" -> new Objective.Maximize();
      case "clip" -> new Objective.Clip(spec.cap());
      case "hinge" -> new Objective.Hinge(spec.cap(), spec.penalty());
      case "target" -> new Objective.Target(spec.level());
      default -> throw unknown("objective", spec.objective(), "max, clip, hinge or target");
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
      default -> throw unknown("guidance", spec.guidance(), "tilt, twisted or constant");
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
      default -> throw unknown("gradient", spec.gradient(), "full or x0");
    };
  }

  static ReverseStep form(StudySpec spec) {
    return switch (spec.form()) {
      case "ddpm" -> new AncestralStep();
      case "ddim" -> new DdimStep(spec.eta());
      case "dpmsolver" -> new DpmSolver();
      default -> throw unknown("form", spec.form(), "ddpm, ddim or dpmsolver");
    };
  }

  private static IllegalArgumentException unknown(String what, String value, String known) {
    return new IllegalArgumentException("unknown " + what + " '" + value + "': use " + known);
  }
}
