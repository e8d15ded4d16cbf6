package org.tiltlens.unet;

import java.util.List;

/**
 * How the attention of a {@link ConditionalUnet} splits its channels, which its tensors do not
 * show.
 *
 * @param counts heads at each level, finest first; one for all
 * @param width channels of a head; -1: {@code counts} decides
 */
record TransformerHeads(List<Integer> counts, int width) {
  TransformerHeads {
    counts = List.copyOf(counts);
  }

  /**
   * Heads of a layer.
   *
   * @param inner channels of its queries
   * @throws IllegalArgumentException if they cannot be split so
   */
  int of(int level, int inner) {
    int count = counts.get(Math.min(level, counts.size() - 1));
    int heads = width == -1 ? count : Math.max(1, inner / width);
    if (inner % heads != 0 || (width != -1 && inner % width != 0)) {
      throw new IllegalArgumentException(
          "attention over %d channels cannot be split into heads %s: change num_head_channels or num_heads"
              .formatted(inner, width == -1 ? count + " times" : "of " + width + " channels"));
    }
    return heads;
  }
}
