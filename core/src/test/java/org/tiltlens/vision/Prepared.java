package org.tiltlens.vision;

import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.torch.Device;

/** Networks as files of them are opened, without a file. */
public final class Prepared {
  private Prepared() {}

  /** A view that computes in the device's precision, and gives float32. */
  public static VisionModel of(ConvNext network, Device device) {
    return new PreparedModel(
        network, "random weights", Optional.empty(), OptionalInt.empty(), device);
  }
}
