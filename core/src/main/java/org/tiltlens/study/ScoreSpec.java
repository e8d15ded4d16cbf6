package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;

/**
 * What is scored: a unit, and how its map becomes a number.
 *
 * @param unit the unit, such as {@code feature:81@pre}; see {@link Unit}
 * @param reduction of the part of the map that counts
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]
 */
public record ScoreSpec(
    String unit, SpatialReduction reduction, @JsonProperty(required = true) double center) {
  public ScoreSpec {
    Objects.requireNonNull(unit, "unit");
    Objects.requireNonNull(reduction, "reduction");
    new CentralCrop(center);
  }

  CentralCrop crop() {
    return new CentralCrop(center);
  }
}
