package org.tiltlens.compose;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.corpus.Framing;
import org.tiltlens.feature.Unit;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.Strength;
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
 * @param guidance {@code tilt}, or {@code twisted}: particles weighted for what the tilt gets wrong
 * @param particles how many, with {@code twisted}; else null
 * @param strength factor of the tilt along the run, a number or a ramp
 * @param offAtEnd share of the last steps without guidance, in [0, 1]
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
    String strength,
    double offAtEnd,
    String schedule,
    int baseSteps,
    String respacing,
    int count,
    long seed) {

  public CompositionSpec {
    Objects.requireNonNull(models, "models");
    units = List.copyOf(units);
    long different = units.stream().map(ComposedUnit::unit).distinct().count();
    if (units.isEmpty() || different < units.size()) {
      throw new IllegalArgumentException(
          "units "
              + units.stream().map(ComposedUnit::unit).toList()
              + ": expected at least one, each once");
    }
    if (images == null) {
      throw new SpecException("no corpus: give {images}, a folder, zip or IDX file, or a {bundle}");
    }
    if (limit < 1) {
      throw new SpecException("illegal {limit}: %s, must be at least 1", limit);
    }
    Bounds.within("count", count, 1, Bounds.MAX_COUNT);
    Bounds.requireWord("guidance", guidance, List.of("tilt", "twisted"));
    boolean twisted = guidance.equals("twisted");
    Bounds.onlyWith("particles", particles, "{guidance} twisted", twisted);
    Bounds.requireParticles(particles, count);
    if (twisted && pilots != null) {
      throw new SpecException(
          "{guidance} twisted takes the corpus' betas: its particles are weighted for what pilots"
              + " correct; leave {pilots} out");
    }
  }

  /**
   * Images of a bundle's units, with the settings that the bundle starts from, by the tilt: with
   * the usual pilots if a unit is aimed, whose images they are, else 16.
   *
   * @param units each with its settings; see {@link ComposedUnit#parse}
   */
  public static CompositionSpec of(Bundle bundle, String... units) {
    List<ComposedUnit> parsed = Stream.of(units).map(ComposedUnit::parse).toList();
    BundleManifest manifest = bundle.manifest();
    return new CompositionSpec(
        bundle.models(),
        parsed,
        "mix:0.7",
        0.5,
        bundle.corpus(),
        manifest.framing(),
        Integer.MAX_VALUE,
        parsed.stream().anyMatch(ComposedUnit::isAimed) ? Pilots.USUAL : null,
        "tilt",
        null,
        manifest.preset().strength(),
        manifest.preset().offAtEnd(),
        manifest.noiseSchedule(),
        manifest.baseSteps(),
        manifest.respacing(),
        Pilots.USUAL.images(),
        45);
  }

  /** The same with another number of images. */
  public CompositionSpec withCount(int many) {
    return with(pilots, guidance, particles, strength, respacing, many, seed);
  }

  /** The same with other noise. */
  public CompositionSpec withSeed(long other) {
    return with(pilots, guidance, particles, strength, respacing, count, other);
  }

  /** The same with other steps of the prior, such as {@code 250}. */
  public CompositionSpec withRespacing(String taken) {
    return with(pilots, guidance, particles, strength, taken, count, seed);
  }

  /**
   * The same with other short runs that correct the betas.
   *
   * @param other null to take the corpus' betas as they are
   */
  public CompositionSpec withPilots(Pilots other) {
    return with(other, guidance, particles, strength, respacing, count, seed);
  }

  /**
   * The same tilt by weighted particles, {@link Strength#TEMPERED tempered}, without pilots.
   *
   * @param many how many, at least the images shown
   */
  public CompositionSpec twisted(int many) {
    return with(null, "twisted", many, Strength.TEMPERED.ramp().toString(), respacing, count, seed);
  }

  private CompositionSpec with(
      Pilots tried,
      String led,
      Integer weighted,
      String course,
      String taken,
      int many,
      long noise) {
    return new CompositionSpec(
        models, units, reduction, center, images, framing, limit, tried, led, weighted, course,
        offAtEnd, schedule, baseSteps, taken, many, noise);
  }

  /** Whether particles are drawn and weighted. */
  boolean isTwisted() {
    return particles != null;
  }

  /** The files and folders to read. */
  List<String> files() {
    Stream<String> directions =
        units.stream().flatMap(unit -> Unit.file(unit.unit()).stream()).distinct();
    return Stream.concat(models.names().stream(), directions).toList();
  }
}
