package org.tiltlens.vision;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.vision.VitKind.LearnedPositions;
import org.tiltlens.vision.VitKind.Resampling;

/**
 * Learned positions for a map of any size.
 *
 * <p>Sources: timm, {@code resample_abs_pos_embed}; DINOv2, {@code interpolate_pos_encoding};
 * transformers, the function of the same name in each ViT.
 *
 * @param all (count, C): of tokens before the patches, then of patches, row by row
 */
record VitPositions(LearnedPositions learned, Tensor all) {
  private static final double OFFSET = 0.1;

  /** Those of the tokens before the patches: (1, before, C). */
  Tensor before() {
    return all.narrow(0, 0, learned.before()).unsqueeze(0);
  }

  /** Those of {@code rows} x {@code columns} patches: (1, rows columns, C). */
  Tensor patches(int rows, int columns) {
    long count = (long) learned.rows() * learned.columns();
    Tensor patches = all.narrow(0, learned.before(), count); // (h w, C)
    if (rows == learned.rows() && columns == learned.columns()) {
      return patches.unsqueeze(0);
    }
    Tensor map =
        patches
            .reshape(1, learned.rows(), learned.columns(), -1)
            .permute(0, 3, 1, 2); // (1, C, h, w)
    return resampled(map, rows, columns).flatten(2, 3).transpose(1, 2);
  }

  private Tensor resampled(Tensor map, int rows, int columns) {
    return learned.resampling() == Resampling.OFFSET
        ? Layers.scaleBicubic(
            map,
            rows,
            columns,
            (rows + OFFSET) / learned.rows(),
            (columns + OFFSET) / learned.columns())
        : Layers.resizeBicubic(map, rows, columns, learned.resampling() == Resampling.ANTIALIASED);
  }
}
