package org.tiltlens.study;

import java.util.Optional;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.DinoV3;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** Opens a vision model by its name in a spec. */
final class VisionFile {
  private VisionFile() {}

  /** The model up to the hook point; what comes later is not loaded. */
  static VisionModel open(String name, HookPoint hook, Device device) {
    return DinoV3.open(Bundle.resolve(name), device, Optional.of(hook));
  }

  /**
   * Where units are read: at {@code hook}, or where the dictionary was trained if that is null.
   *
   * @throws IllegalArgumentException if neither says
   */
  static HookPoint hook(String hook, Optional<SparseDictionary> dictionary) {
    if (hook != null) {
      return HookPoint.parse(hook);
    }
    return dictionary
        .map(SparseDictionary::hookPoint)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "where is the unit? give --hook, such as stages.2.20.hook_resid_pre"));
  }
}
