package org.tiltlens.compare;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.run.Sha256;
import org.tiltlens.torch.Tensors;

/**
 * The two halves of a corpus, so that no image is held against itself: by a hash of its pixels, for
 * an image to be in the same half whatever its name, its place and the images beside it, and copies
 * to be in one half.
 */
enum CorpusHalf {
  /** Says what activation is wanted and which beta reaches it, and is what methods draw from. */
  CALIBRATING,

  /** Is what all that was drawn is held against. */
  JUDGING;

  private static final double LEVELS = 255;

  /** Where an image (3, H, W) in [-1, 1] belongs. */
  static CorpusHalf of(Tensor image) {
    double[] values = Tensors.toDoubles(image);
    byte[] levels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      levels[i] = (byte) Math.round((values[i] + 1) / 2 * LEVELS);
    }
    return (Sha256.bytesOf(levels)[0] & 1) == 0 ? CALIBRATING : JUDGING;
  }
}
