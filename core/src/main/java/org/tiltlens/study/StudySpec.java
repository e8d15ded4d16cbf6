package org.tiltlens.study;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.feature.Unit;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.ThermodynamicIntegration;

/**
 * What is asked for: everything that decides the images, nothing about how they are computed.
 *
 * <p>Texts have the grammar of the command line. A number that changes along the run may be given
 * as a ramp {@code from:to:hold:shape}, such as {@code 1:0.5:0.2:exponential}.
 *
 * @param models the model files
 * @param unit the unit, such as {@code feature:81@pre}; see {@link Unit}
 * @param reduction how its map becomes a number: {@code max}, {@code mean}, {@code mix} or {@code
 *     lse}
 * @param mixAlpha weight of the maximum in {@code mix}, a number or a ramp
 * @param lseTemperature temperature of {@code lse}, a number or a ramp
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]
 * @param objective what the gradient is taken of: {@code max}, {@code clip}, {@code hinge} or
 *     {@code target}
 * @param cap score above which {@code clip} and {@code hinge} stop
 * @param penalty weight of {@code hinge} beyond the cap
 * @param level score {@code target} aims at
 * @param guidance {@code tilt}, {@code twisted}: particles that follow the tilt and are weighted
 *     for what it gets wrong, or {@code constant}
 * @param beta tilt strength; null if it follows from the target, and for {@code constant}
 * @param target mean score that the tilt should reach; null if beta is given
 * @param pilots short runs of {@code tilt} that find the beta of the target; null to take the
 *     corpus' beta as it is
 * @param particles of {@code twisted}
 * @param betas from 0 to beta, at each of which {@code tilt} draws as many images to estimate log Z
 *     and KL; null for none, or for {@code rungs}
 * @param rungs the same with as many betas below the run's own, evenly spaced from 0; null for none
 * @param scale factor of {@code constant}
 * @param strength factor of either along the run, a number or a ramp
 * @param offAtEnd share of the last steps without guidance, in [0, 1]
 * @param gradient how the score's gradient is had: {@code full}, through the prior's network, or
 *     {@code x0}, with respect to the clean estimate only
 * @param smoothing perturbed clean estimates over which {@code full} averages exp(beta s); null for
 *     the clean estimate itself
 * @param form the prior's step, {@code ddpm}, {@code ddim}, or {@code dpmsolver} of second order
 * @param eta noise of {@code ddim}, in [0, 1]
 * @param schedule noise schedule the prior was trained with, {@code linear} or {@code cosine}
 * @param baseSteps steps it was trained with
 * @param respacing which of them are taken: {@code 250}, {@code ddim50}, {@code 10,15,20}
 * @param count how many images
 * @param seed seed of all noise
 */
public record StudySpec(
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
    List<Double> betas,
    Integer rungs,
    Double scale,
    String strength,
    double offAtEnd,
    String gradient,
    Integer smoothing,
    String form,
    double eta,
    String schedule,
    int baseSteps,
    String respacing,
    int count,
    long seed) {

  /** Betas below the run's own. */
  public static final int MAX_RUNGS = 100;

  /** Perturbed estimates of one image; all of them are in memory. */
  public static final int MAX_SMOOTHING = 10_000;

  public StudySpec {
    Objects.requireNonNull(models, "models");
    SpecText.requireWords(reduction, objective, guidance, gradient, form);
    Bounds.within("count", count, 1, Bounds.MAX_COUNT);
    requireOneAim(guidance, beta, target);
    Bounds.onlyWith("scale", scale, "{guidance} constant", guidance.equals("constant"));
    if (target == null && pilots != null) {
      throw new SpecException(
          "pilots find the beta of a target: give {activation} or {targetPercentile}, or no"
              + " {pilots}");
    }
    Bounds.onlyWith("particles", particles, "{guidance} twisted", guidance.equals("twisted"));
    Bounds.requireParticles(particles, count);
    if (particles != null && !form.equals("ddpm")) {
      throw new SpecException(
          "{guidance} twisted weighs ancestral steps: give {form} ddpm, not %s", form);
    }
    betas = betas == null ? null : List.copyOf(betas);
    requireLadder(betas, guidance, beta);
    requireRungs(rungs, betas, guidance);
    if ((betas != null || rungs != null) && count < 2) {
      throw new SpecException(
          "{betas} or {rungs} with %s image has no errors: give {count} 2 or more", count);
    }
    requireGradient(gradient, smoothing, guidance);
    if (form.equals("dpmsolver") && guidance.equals("constant")) {
      throw new SpecException(
          "{form} dpmsolver has no place for {guidance} constant: give {guidance} tilt, or {form}"
              + " ddpm");
    }
    if (eta != 0 && !form.equals("ddim")) {
      throw new SpecException("{eta} %s has a meaning only with {form} ddim, not %s", eta, form);
    }
    boolean capped = objective.equals("clip") || objective.equals("hinge");
    Bounds.onlyWith("cap", cap, "{objective} clip or hinge", capped);
    Bounds.onlyWith("penalty", penalty, "{objective} hinge", objective.equals("hinge"));
    Bounds.onlyWith("mixAlpha", mixAlpha, "{reduction} mix", reduction.equals("mix"));
    Bounds.onlyWith("lseTemperature", lseTemperature, "{reduction} lse", reduction.equals("lse"));
    Bounds.onlyWith("level", level, "{objective} target", objective.equals("target"));
  }

  /**
   * One of a bundle's units by the principled tilt, with the settings the bundle starts from.
   *
   * @param beta the tilt's strength; null if the target decides
   * @param target where the mean score should be; null if beta is given
   * @param pilots how the beta of a target is found; null: from the corpus alone
   */
  public static StudySpec of(
      Bundle bundle,
      String unit,
      Double beta,
      Target target,
      Pilots pilots,
      String respacing,
      int count,
      long seed) {
    BundleManifest manifest = bundle.manifest();
    Preset preset = manifest.preset();
    return new StudySpec(
        bundle.models(),
        unit,
        "mix",
        preset.mixAlpha(),
        null,
        0.5,
        "max",
        null,
        null,
        null,
        "tilt",
        beta,
        target,
        pilots,
        null,
        null,
        null,
        null,
        preset.strength(),
        preset.offAtEnd(),
        "full",
        null,
        "ddpm",
        0,
        manifest.noiseSchedule(),
        manifest.baseSteps(),
        respacing,
        count,
        seed);
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

  /** The same tilt by weighted particles, {@link Strength#TEMPERED tempered}. */
  public StudySpec twisted(int weighted) {
    return with("twisted", weighted, null, Strength.TEMPERED.ramp().toString());
  }

  /** The same with a ladder of evenly spaced betas below its own. */
  StudySpec laddered(int below) {
    return with(guidance, particles, below, strength);
  }

  private StudySpec with(String how, Integer weighted, Integer below, String course) {
    return new StudySpec(
        models,
        unit,
        reduction,
        mixAlpha,
        lseTemperature,
        center,
        objective,
        cap,
        penalty,
        level,
        how,
        beta,
        target,
        pilots,
        weighted,
        betas,
        below,
        scale,
        course,
        offAtEnd,
        gradient,
        smoothing,
        form,
        eta,
        schedule,
        baseSteps,
        respacing,
        count,
        seed);
  }

  /** The files and folders to read. */
  List<String> files() {
    return Stream.concat(models.names().stream(), Unit.file(unit).stream()).toList();
  }

  /** Whether particles are drawn and weighted. */
  boolean isTwisted() {
    return particles != null;
  }

  private static void requireOneAim(String guidance, Double beta, Target target) {
    boolean tilts = guidance.equals("tilt") || guidance.equals("twisted");
    if (tilts && (beta == null) == (target == null)) {
      throw new SpecException(
          "{guidance} %s needs one of {beta}, {activation} and {targetPercentile}", guidance);
    }
    if (!tilts && (beta != null || target != null)) {
      throw new SpecException(
          (beta != null
                  ? "{beta}"
                  : target.activation() != null ? "{activation}" : "{targetPercentile}")
              + " has a meaning only with {guidance} tilt or twisted");
    }
  }

  /** Whether images at other betas tell log Z and KL. */
  boolean hasLadder() {
    return betas != null || rungs != null;
  }

  private static void requireRungs(Integer rungs, List<Double> betas, String guidance) {
    if (rungs == null) {
      return;
    }
    if (!guidance.equals("tilt") || betas != null) {
      throw new SpecException(
          "{rungs} has a meaning only with {guidance} tilt and without {betas}");
    }
    Bounds.within("rungs", rungs, 1, MAX_RUNGS);
  }

  private static void requireLadder(List<Double> betas, String guidance, Double beta) {
    if (betas == null) {
      return;
    }
    if (!guidance.equals("tilt") || beta == null) {
      throw new SpecException("{betas} has a meaning only with {guidance} tilt and {beta}");
    }
    ThermodynamicIntegration.requireLadder(
        betas.stream().mapToDouble(Double::doubleValue).toArray());
    if (!betas.get(betas.size() - 1).equals(beta)) {
      throw new SpecException(
          "the ladder {betas} %s does not end at {beta} %s: give betas from 0 to that",
          betas, beta);
    }
  }

  private static void requireGradient(String gradient, Integer smoothing, String guidance) {
    boolean plain = gradient.equals("full") && smoothing == null;
    if (guidance.equals("twisted") && !plain) {
      throw new SpecException(
          "{guidance} twisted needs {gradient} full and no {smoothing}: its weights are those of"
              + " the whole gradient");
    }
    if (smoothing != null && !gradient.equals("full")) {
      throw new SpecException("{smoothing} %s has a meaning only with {gradient} full", smoothing);
    }
    if (smoothing != null && smoothing > MAX_SMOOTHING) {
      throw new IllegalArgumentException(
          "illegal smoothing: " + smoothing + ", must be in 1.." + MAX_SMOOTHING);
    }
  }
}
