package org.tiltlens.models;

import java.util.Optional;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.run.RunFolder;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** A unit's score, with the models behind it from a shelf, by their names in a spec. */
public final class OpenUnit {
  private OpenUnit() {}

  /**
   * The score of what a spec names.
   *
   * @throws IllegalArgumentException if the names do not fit each other
   */
  public static UnitScore score(ModelShelf shelf, NamedUnit named, Device device) {
    Optional<SparseDictionary> features =
        Optional.ofNullable(named.dictionary()).map(name -> shelf.dictionary(name, device));
    Unit read = Unit.parse(named.unit(), features);
    HookPoint at = read.within(VisionFile.hook(named.vision(), named.hook(), features));
    VisionModel model = shelf.vision(named.vision(), named.visionOptions(), at, device);
    return new UnitScore(
        model,
        at,
        read,
        SpatialReduction.parse(named.reduction()),
        new CentralCrop(named.center()));
  }

  /** A unit in the names of its files: a feature's index, or what the unit prints. */
  public static String fileNameOf(Unit unit) {
    return unit instanceof Unit.DictionaryFeature feature
        ? Integer.toString(feature.index())
        : RunFolder.safeName(unit.toString());
  }
}
