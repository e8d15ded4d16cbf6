package org.tiltlens.feature;

import java.util.Optional;
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
  /** Of a side of more cells, half a cell is less than a tenth. */
  private static final long FEW = 5;

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
    long crop = length(side);
    return map.narrow(dim, (side - crop) / 2, crop);
  }

  private long length(long side) {
    return Math.max(1, (long) Math.rint(side * fraction));
  }

  /**
   * What is to be known of the crop of maps of this size: it lies half a cell off the centre where
   * an odd number of cells is left away, which matters on maps of few cells.
   *
   * @return one line; empty where it is centred, or by less than a tenth of the side off
   */
  public Optional<String> caveat(long height, long width) {
    return isOff(height) || isOff(width)
        ? Optional.of(
            ("of the map of %d x %d cells, %d x %d count, which lie half a cell above or left of"
                    + " the centre: read the whole map (center 1), or larger images")
                .formatted(height, width, length(height), length(width)))
        : Optional.empty();
  }

  private boolean isOff(long side) {
    return (side - length(side)) % 2 != 0 && side <= FEW;
  }
}
