package org.tiltlens.demo;

import java.util.List;
import java.util.Map;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.SpecException;
import org.tiltlens.tilting.Pilots;

/**
 * What a demo is to show: everything that decides its pictures.
 *
 * @param bundle where the models are from, {@code embedded:} or a folder and a slash
 * @param features how many features, at least 1; null for all that may be picked, each briefly, its
 *     images of the corpus without maps and bits per dimension
 * @param count images of each feature at each target, at least 1
 * @param percentiles corpus percentiles that the mean scores aim at, each a tilt of its own
 * @param exact whether images are samples of the tilt itself, or else drawn by plug-in guidance
 * @param pilots with plug-in guidance, short runs that find the beta of each target; null to take
 *     the corpus' betas
 * @param unguided images of the prior itself, to compare with, at least 1
 * @param form what a step of the prior is; null for ancestral ones
 * @param respacing sampling steps, such as {@code 50}
 * @param seed seed of the choice of features and of all noise
 * @param priorOptions what the bundle's prior is told in place of what the bundle says, such as
 *     {@code prompt}; may be empty
 */
public record DemoSpec(
    String bundle,
    Integer features,
    int count,
    List<Double> percentiles,
    boolean exact,
    Pilots pilots,
    int unguided,
    StepsSpec.Form form,
    String respacing,
    long seed,
    Map<String, String> priorOptions) {
  /** Percentiles of the corpus' scores that the usual gallery aims at. */
  public static final List<Double> USUAL_PERCENTILES = List.of(90.0, 97.0, 99.0);

  /** The same where all features are shown. */
  public static final List<Double> BRIEF_PERCENTILES = List.of(99.0);

  public DemoSpec {
    percentiles = List.copyOf(percentiles);
    form = form == null ? new StepsSpec.Ddpm() : form;
    priorOptions = priorOptions == null ? Map.of() : Map.copyOf(priorOptions);
    if ((features != null && features < 1) || count < 1 || unguided < 1 || percentiles.isEmpty()) {
      throw new IllegalArgumentException(
          "a demo of %s features, %d images each, %d of the prior and %d targets: each must be at least 1"
              .formatted(features, count, unguided, percentiles.size()));
    }
    if (exact && pilots != null) {
      throw new SpecException(
          "exact samples find the beta of a target by themselves: give no {pilots}, or {guidance}"
              + " tilt");
    }
  }

  /** The usual gallery of a bundle: 6 features at three targets. */
  public static DemoSpec of(Bundle bundle) {
    return new DemoSpec(
        bundle.root(),
        6,
        6,
        USUAL_PERCENTILES,
        true,
        null,
        8,
        bundle.manifest().form(),
        bundle.manifest().respacing(),
        45,
        bundle.told());
  }

  /** Whether all features are shown, each briefly. */
  boolean brief() {
    return features == null;
  }

  /** The same with another number of features; null for all. */
  public DemoSpec withFeatures(Integer many) {
    return with(many, count, percentiles, unguided, form, respacing, seed);
  }

  /** The same with another number of images of each feature at each target. */
  public DemoSpec withCount(int images) {
    return with(features, images, percentiles, unguided, form, respacing, seed);
  }

  /** The same with other targets, as percentiles of the corpus' scores. */
  public DemoSpec withPercentiles(List<Double> targets) {
    return with(features, count, targets, unguided, form, respacing, seed);
  }

  /**
   * The same by plug-in guidance.
   *
   * @param tried short runs that find the betas; null to take the corpus' betas
   */
  public DemoSpec guided(Pilots tried) {
    return new DemoSpec(
        bundle,
        features,
        count,
        percentiles,
        false,
        tried,
        unguided,
        form,
        respacing,
        seed,
        priorOptions);
  }

  /** The same with another number of images of the prior itself. */
  public DemoSpec withUnguided(int images) {
    return with(features, count, percentiles, images, form, respacing, seed);
  }

  /** The same with other steps of the prior. */
  public DemoSpec withRespacing(String taken) {
    return withSteps(form, taken);
  }

  /** The same with steps of another form. */
  public DemoSpec withSteps(StepsSpec.Form other, String taken) {
    return with(features, count, percentiles, unguided, other, taken, seed);
  }

  /** The same with other choices and noise. */
  public DemoSpec withSeed(long other) {
    return with(features, count, percentiles, unguided, form, respacing, other);
  }

  private DemoSpec with(
      Integer many,
      int images,
      List<Double> targets,
      int natural,
      StepsSpec.Form step,
      String taken,
      long noise) {
    return new DemoSpec(
        bundle, many, images, targets, exact, pilots, natural, step, taken, noise, priorOptions);
  }
}
