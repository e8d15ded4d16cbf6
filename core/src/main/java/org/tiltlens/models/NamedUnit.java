package org.tiltlens.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.run.SpecException;

/**
 * A unit's score as specs name it: which unit of which files, and how its map becomes a number.
 *
 * @param vision the vision model, named as in {@link ModelFiles}
 * @param visionOptions what a TorchScript network's file cannot tell
 * @param hook null for the place that the network or the dictionary knows
 * @param dictionary null if the unit needs none
 * @param unit the unit, such as {@code feature:81@pre}
 * @param reduction how its map becomes a number: {@code mix:A}, {@code max}, {@code mean} or {@code
 *     lse:T}
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]
 */
public record NamedUnit(
    String vision,
    Map<String, String> visionOptions,
    String hook,
    String dictionary,
    String unit,
    String reduction,
    double center) {
  public NamedUnit {
    if (vision == null) {
      throw new SpecException("no vision model: give {vision}, a file or folder, or a {bundle}");
    }
    visionOptions = visionOptions == null ? Map.of() : Map.copyOf(visionOptions);
    // What cannot be is told before anything is opened.
    SpatialReduction.parse(reduction);
    new CentralCrop(center);
  }

  /** The models' files and folders, as a spec names them. */
  public List<String> models() {
    List<String> files = new ArrayList<>(VisionFile.names(vision));
    Optional.ofNullable(dictionary).ifPresent(files::add);
    return files;
  }

  /** The file that the unit itself names; empty if it names none. */
  public Optional<String> file() {
    return Unit.file(unit);
  }
}
