package org.tiltlens.models;

import java.util.Map;
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
   * @param visionOptions what a TorchScript network's file cannot tell
   * @param hook null for the place that the network or the dictionary knows
   * @param dictionary null if the unit needs none
   * @throws IllegalArgumentException if the names do not fit each other
   */
  public static UnitScore score(
      ModelShelf shelf,
      String vision,
      Map<String, String> visionOptions,
      String hook,
      String dictionary,
      String unit,
      String reduction,
      double center,
      Device device) {
    Optional<SparseDictionary> features =
        Optional.ofNullable(dictionary).map(name -> shelf.dictionary(name, device));
    Unit read = Unit.parse(unit, features);
    HookPoint at = read.within(VisionFile.hook(vision, hook, features));
    SpatialReduction reduced = SpatialReduction.parse(reduction);
    CentralCrop crop = new CentralCrop(center);
    VisionModel model = shelf.vision(vision, visionOptions, at, device);
    return new UnitScore(model, at, read, reduced, crop);
  }

  /** A unit in the names of its files: a feature's index, or what the unit prints. */
  public static String fileNameOf(Unit unit) {
    return unit instanceof Unit.DictionaryFeature feature
        ? Integer.toString(feature.index())
        : RunFolder.safeName(unit.toString());
  }
}
