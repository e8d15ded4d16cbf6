package org.tiltlens.training;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.run.Sha256;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Images in two parts, by a hash of each image's own numbers: an image is on the same side whatever
 * stands before it, and so are its copies.
 *
 * @param training what is left
 * @param heldOut about the wanted share
 */
record HeldOut(LabelledImages training, LabelledImages heldOut) {
  /**
   * Reads every image once.
   *
   * @throws IllegalArgumentException if one part would be empty
   */
  static HeldOut of(LabelledImages images, double share) {
    List<Integer> training = new ArrayList<>();
    List<Integer> heldOut = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      (place(images, i) < share ? heldOut : training).add(i);
    }
    if (training.isEmpty() || heldOut.isEmpty()) {
      throw new IllegalArgumentException(
          "held-out share: %s of %d images leaves %d to train on and %d held out, both must have some"
              .formatted(share, images.size(), training.size(), heldOut.size()));
    }
    return new HeldOut(
        images.select(training.size(), training::get), images.select(heldOut.size(), heldOut::get));
  }

  /** Uniform in [0, 1): the first 53 bits of the SHA-256 of the image's 256 levels. */
  private static double place(LabelledImages images, int index) {
    try (Scope scope = Scope.open()) {
      float[] values = Tensors.toFloats(images.image(index));
      byte[] levels = new byte[values.length];
      for (int i = 0; i < values.length; i++) {
        levels[i] = (byte) Math.round((values[i] + 1) * 127.5f);
      }
      return (ByteBuffer.wrap(Sha256.bytesOf(levels)).getLong() >>> 11) * 0x1p-53;
    }
  }
}
