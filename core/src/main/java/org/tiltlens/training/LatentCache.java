package org.tiltlens.training;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The latents of images, as they are and mirrored: encoded when first asked for, and kept in
 * memory, up to 1 GB.
 *
 * <p>Each is encoded by itself, so that it depends on its image alone and not on what was asked for
 * with it: a training that goes on finds the same ones.
 */
final class LatentCache {
  private static final long MAX_BYTES = 1L << 30;

  private final LabelledImages images;
  private final PriorLatents latents;
  private final Device device;
  private final float[][] kept;
  private long bytes;

  LatentCache(LabelledImages images, PriorLatents latents, Device device) {
    this.images = images;
    this.latents = latents;
    this.device = device;
    kept = new float[2 * images.size()][];
  }

  /** (C, h, w), on the processor; belongs to the caller's scope. */
  Tensor of(int index, boolean mirrored) {
    int place = 2 * index + (mirrored ? 1 : 0);
    int side = latents.side(images.side());
    float[] known = kept[place];
    if (known == null) {
      known = encode(index, mirrored);
      if (bytes + 4L * known.length <= MAX_BYTES) {
        kept[place] = known;
        bytes += 4L * known.length;
      }
    }
    return Tensors.floats(known, latents.channels(), side, side);
  }

  private float[] encode(int index, boolean mirrored) {
    try (Scope scope = Scope.open()) {
      Tensor image = images.image(index);
      Tensor seen = mirrored ? image.flip(2) : image;
      return Tensors.toFloats(latents.encode(device.place(seen.unsqueeze(0))));
    }
  }
}
