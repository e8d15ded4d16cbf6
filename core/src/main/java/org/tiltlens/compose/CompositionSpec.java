package org.tiltlens.compose;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.tiltlens.corpus.Framing;
import org.tiltlens.feature.Unit;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.study.ExactGuidance;
import org.tiltlens.study.GuidanceSpec;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.TwistedClouds;
import org.tiltlens.tilting.Pilots;

/**
 * Several units at once, each with its own strength or level: everything that decides the images.
 *
 * @param models the model files
 * @param units at least one, each once
 * @param reduction how a map becomes a number: {@code mix:A}, {@code max}, {@code mean} or {@code
 *     lse:T}
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]; a unit
 *     with a place is read there alone
 * @param images the corpus that tells natural means, percentiles and the first betas
 * @param framing how its images become squares
 * @param limit how many of its first images to take, at least 1
 * @param pilots short runs that correct the betas; null to take the corpus' as they are
 * @param guidance {@code exact}: samples of the joint tilt itself; {@code tilt}; or {@code
 *     twisted}: particles weighted for what the tilt gets wrong
 * @param particles how many, with {@code twisted}, or with {@code exact}, where null is for as many
 *     as the images if the pool can tell and else at least {@value ExactGuidance#USUAL_PARTICLES};
 *     null with {@code tilt}
 * @param clouds of {@code twisted}, as in {@link GuidanceSpec.Twisted}; null for one
 * @param exact how {@code exact} samples are drawn; null for others
 * @param strength factor of the tilt along the run, a number or a ramp; null with {@code exact}
 * @param offAtEnd share of the last steps without guidance, in [0, 1]; 0 with {@code exact}
 * @param form what a step of the prior is; null for ancestral ones, the only ones that {@code
 *     twisted} and guided branches weigh
 * @param schedule noise schedule the prior was trained with
 * @param baseSteps steps it was trained with
 * @param respacing which of them are taken
 * @param count how many images
 * @param seed seed of all noise
 */
public record CompositionSpec(
    ModelFiles models,
    List<ComposedUnit> units,
    String reduction,
    double center,
    String images,
    Framing framing,
    int limit,
    Pilots pilots,
    String guidance,
    Integer particles,
    Integer clouds,
    ExactSettings exact,
    String strength,
    double offAtEnd,
    StepsSpec.Form form,
    String schedule,
    int baseSteps,
    String respacing,
    int count,
    long seed) {

  private static final List<String> WORDS = List.of("exact", "tilt", "twisted");
  private static final int USUAL_COUNT = 16;

  public CompositionSpec {
    Objects.requireNonNull(models, "models");
    units = List.copyOf(units);
    if (units.isEmpty()) {
      throw new IllegalArgumentException("no units: expected at least one");
    }
    Set<String> before = new HashSet<>();
    for (ComposedUnit unit : units) {
      if (!before.add(unit.unit())) {
        throw new IllegalArgumentException(
            "unit '" + unit.unit() + "' is there twice: expected each once, or at another place");
      }
    }
    if (images == null) {
      throw new SpecException("no corpus: give {images}, a folder, zip or IDX file, or a {bundle}");
    }
    if (limit < 1) {
      throw new SpecException("illegal {limit}: %s, must be at least 1", limit);
    }
    Bounds.within("count", count, 1, Bounds.MAX_COUNT);
    Bounds.requireWord("guidance", guidance, WORDS);
    form = form == null ? new StepsSpec.Ddpm() : form;
    boolean twisted = guidance.equals("twisted");
    boolean exactly = guidance.equals("exact");
    if (twisted) {
      form.requireAncestral("{guidance} twisted weighs");
    }
    if (exact != null) {
      exact.tilt().requireSteps(form);
    }
    if (!exactly) {
      Bounds.onlyWith("particles", particles, "{guidance} exact or twisted", twisted);
    }
    Bounds.onlyWith("exact", exact, "{guidance} exact", exactly);
    Bounds.onlyWith("strength", strength, "{guidance} tilt or twisted", !exactly);
    if (exactly && offAtEnd != 0) {
      throw new SpecException(
          "{offAtEnd} %s has a meaning only with {guidance} tilt or twisted", offAtEnd);
    }
    if (exactly && pilots != null) {
      throw new SpecException(
          "{guidance} exact finds the betas of levels by itself: give no {pilots}");
    }
    Bounds.requireParticles(particles, count);
    if (!twisted) {
      Bounds.onlyWith("clouds", clouds, "{guidance} twisted", false);
    } else if (clouds != null) {
      Bounds.requireClouds(clouds, particles);
    }
    if (twisted && pilots != null) {
      throw new SpecException(
          "{guidance} twisted takes the corpus' betas: its particles are weighted for what pilots"
              + " correct; leave {pilots} out");
    }
  }

  /**
   * {@value #USUAL_COUNT} exact samples of the joint tilt of a bundle's units, from the bundle's
   * pool if it has one.
   *
   * @param units each with its settings; see {@link ComposedUnit#parse}
   */
  public static CompositionSpec of(Bundle bundle, String... units) {
    PoolChoice pool = PoolChoice.usual(bundle, PoolSpec.of(bundle, 1).steps());
    return of(bundle, "exact", null, ExactSettings.usual(pool), null, 0, USUAL_COUNT, units);
  }

  /**
   * The same by tilt guidance, an approximation, with the settings that the bundle starts from:
   * with the usual pilots if a unit is aimed, and as many images.
   */
  public static CompositionSpec tilted(Bundle bundle, String... units) {
    boolean aimed = Stream.of(units).map(ComposedUnit::parse).anyMatch(ComposedUnit::isAimed);
    Preset preset = bundle.manifest().preset();
    return of(
        bundle,
        "tilt",
        aimed ? Pilots.USUAL : null,
        null,
        preset.strength(),
        preset.offAtEnd(),
        Pilots.USUAL.images(),
        units);
  }

  private static CompositionSpec of(
      Bundle bundle,
      String led,
      Pilots pilots,
      ExactSettings exact,
      String strength,
      double offAtEnd,
      int count,
      String... units) {
    BundleManifest manifest = bundle.manifest();
    return new CompositionSpec(
        bundle.models(),
        Stream.of(units).map(ComposedUnit::parse).toList(),
        "mix:0.7",
        0.5,
        bundle.corpus(),
        manifest.framing(),
        Integer.MAX_VALUE,
        pilots,
        led,
        null,
        null,
        exact,
        strength,
        offAtEnd,
        manifest.form(),
        manifest.noiseSchedule(),
        manifest.baseSteps(),
        manifest.respacing(),
        count,
        45);
  }

  /** The same with another number of images. */
  public CompositionSpec withCount(int many) {
    return with(pilots, exact, form, respacing, many, seed);
  }

  /** The same with other noise. */
  public CompositionSpec withSeed(long other) {
    return with(pilots, exact, form, respacing, count, other);
  }

  /** The same with other steps of the prior, such as {@code 250}, from a pool of such. */
  public CompositionSpec withRespacing(String taken) {
    return withSteps(form, taken);
  }

  /** The same with steps of another form, from a pool of such. */
  public CompositionSpec withSteps(StepsSpec.Form other, String taken) {
    boolean fits = exact == null || steps().with(other, taken).equals(steps());
    return with(pilots, fits ? exact : exact.withNewPool(), other, taken, count, seed);
  }

  /**
   * The same with other short runs that correct the betas of tilt guidance.
   *
   * @param other null to take the corpus' betas as they are
   */
  public CompositionSpec withPilots(Pilots other) {
    return with(other, exact, form, respacing, count, seed);
  }

  private CompositionSpec with(
      Pilots tried,
      ExactSettings exactly,
      StepsSpec.Form step,
      String taken,
      int many,
      long noise) {
    return new CompositionSpec(
        models, units, reduction, center, images, framing, limit, tried, guidance, particles,
        clouds, exactly, strength, offAtEnd, step, schedule, baseSteps, taken, many, noise);
  }

  /**
   * The same tilt by weighted particles, {@link Strength#TEMPERED tempered}, without pilots.
   *
   * @param many how many, at least the images shown
   */
  public CompositionSpec twisted(int many) {
    return new CompositionSpec(
        models,
        units,
        reduction,
        center,
        images,
        framing,
        limit,
        null,
        "twisted",
        many,
        TwistedClouds.usual(many),
        null,
        Strength.TEMPERED.ramp().toString(),
        offAtEnd,
        form,
        schedule,
        baseSteps,
        respacing,
        count,
        seed);
  }

  /** Whether images are drawn one by one, by tilt guidance. */
  boolean isTilted() {
    return guidance.equals("tilt");
  }

  /** The prior's steps. */
  StepsSpec steps() {
    return new StepsSpec(form, schedule, baseSteps, respacing);
  }

  /** Whether particles are drawn and weighted. */
  boolean isTwisted() {
    return guidance.equals("twisted");
  }

  /** The files and folders to read. */
  List<String> files() {
    Stream<String> directions =
        units.stream().flatMap(unit -> Unit.file(unit.unit()).stream()).distinct();
    Stream<String> pool = exact == null ? Stream.of() : exact.pool().files().stream();
    return Stream.of(models.names().stream(), directions, pool).flatMap(each -> each).toList();
  }
}
