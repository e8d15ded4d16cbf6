package org.tiltlens.feature;

import org.bytedeco.pytorch.Tensor;

/**
 * The middle of an activation map, where the padding of convolutions has the least say.
 *
 * <p>Per dimension the crop is {@code max(1, round(side fraction))} long, halves rounded to the
 * even neighbour, and starts at {@code floor((side - crop) / 2)}.
 *
 * @param fraction of height and of width, in (0, 1]; the published setting is 0.5
 */
public record CentralCrop(double fraction) {
  /** The whole map. */
  public static final CentralCrop NONE = new CentralCrop(1);

  public CentralCrop {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "central crop of " + fraction + ", must be above 0 and at most 1");
    }
  }

  /** (N, h, w) -> its middle, a view. */
  public Tensor of(Tensor map) {
    return along(along(map, 1), 2);
  }

  private Tensor along(Tensor map, int dim) {
    long side = map.size(dim);
    long crop = Math.max(1, (long) Math.rint(side * fraction));
    return map.narrow(dim, (side - crop) / 2, crop);
  }
}
