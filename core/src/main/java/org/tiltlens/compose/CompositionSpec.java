package org.tiltlens.compose;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.corpus.Framing;
import org.tiltlens.feature.Unit;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
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
      throw new IllegalArgumentException("illegal limit: " + limit + ", must be at least 1");
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
