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

/**
 * A unit's score with the models behind it, opened by their names in a spec.
 *
 * @param score the score
 * @param dictionary the features' dictionary; null if none was named
 */
public record OpenUnit(UnitScore score, SparseDictionary dictionary) implements AutoCloseable {

  /**
   * Opens what a spec names; nothing stays open if that fails.
   *
   * @param visionOptions what a TorchScript network's file cannot tell
   * @param hook null for the place that the network or the dictionary knows
   * @param dictionary null if the unit needs none
   * @throws IllegalArgumentException if the names do not fit each other
   */
  public static OpenUnit open(
      String vision,
      Map<String, String> visionOptions,
      String hook,
      String dictionary,
      String unit,
      String reduction,
      double center,
      Device device) {
    SparseDictionary features =
        dictionary == null ? null : SparseDictionary.open(Named.resolve(dictionary), device);
    VisionModel model = null;
    try {
      Unit read = Unit.parse(unit, Optional.ofNullable(features));
      HookPoint at = read.within(VisionFile.hook(vision, hook, Optional.ofNullable(features)));
      SpatialReduction reduced = SpatialReduction.parse(reduction);
      CentralCrop crop = new CentralCrop(center);
      model = VisionFile.open(vision, visionOptions, at, device);
      return new OpenUnit(new UnitScore(model, at, read, reduced, crop), features);
    } catch (RuntimeException | Error e) {
      close(model, features);
      throw e;
    }
  }

  /** A unit in the names of its files: a feature's index, or what the unit prints. */
  public static String fileNameOf(Unit unit) {
    return unit instanceof Unit.DictionaryFeature feature
        ? Integer.toString(feature.index())
        : RunFolder.safeName(unit.toString());
  }

  private static void close(VisionModel model, SparseDictionary dictionary) {
    try (OpenModels open = new OpenModels()) {
      if (dictionary != null) {
        open.with(dictionary);
      }
      if (model != null) {
        open.with(model);
      }
    }
  }

  @Override
  public void close() {
    close(score.vision(), dictionary);
  }
}
