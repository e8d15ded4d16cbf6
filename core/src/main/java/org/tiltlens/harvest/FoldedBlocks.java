package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The blocks of a harvest, summed up one after the other, each opened once.
 *
 * <p>Now and then the sum is kept beside the blocks and those in it are removed, so that what a
 * harvest keeps on disk does not grow with its corpus.
 */
final class FoldedBlocks {
  /** Blocks of which none is in the sum on disk, at most. */
  private static final int MOST = 16;

  private final HarvestBlocks blocks;
  private final int topImages;
  private final int limit;
  private int folded;
  private PartialSummary sum;

  private FoldedBlocks(
      HarvestBlocks blocks, int topImages, int limit, int folded, PartialSummary sum) {
    this.blocks = blocks;
    this.topImages = topImages;
    this.limit = limit;
    this.folded = folded;
    this.sum = sum;
  }

  /**
   * What an earlier process summed up, or nothing yet.
   *
   * @param topImages of each feature, how many of the highest-scoring images to keep
   * @param limit images of all blocks
   * @param count blocks there will be
   */
  static FoldedBlocks open(HarvestBlocks blocks, int topImages, int limit, int count) {
    for (int end = count; end > 0; end--) {
      Optional<PartialSummary> sum = read(blocks.sum(end));
      if (sum.isPresent()) {
        return new FoldedBlocks(blocks, topImages, limit, end, sum.get());
      }
    }
    return new FoldedBlocks(blocks, topImages, limit, 0, null);
  }

  /** Damaged after it was written is as good as missing. */
  private static Optional<PartialSummary> read(Path file) {
    try {
      return Files.exists(file) ? Optional.of(PartialSummaryFile.read(file)) : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The first block that is in no sum on disk. */
  int first() {
    return folded;
  }

  /** The images of these blocks that could be read; none where no image could. */
  BitSet images() {
    return sum == null ? new BitSet() : sum.images();
  }

  /** Empty as long as no image could be read. */
  Optional<PartialSummary> sum() {
    return Optional.ofNullable(sum);
  }

  /** Adds the next block, which is on disk. */
  void add(int block) throws IOException {
    Optional<HarvestBlocks.Block> next = blocks.read(block);
    if (next.isPresent()) {
      sum = next.get().addTo(sum, topImages, limit);
    }
    if (sum != null && block + 1 - folded >= MOST) {
      PartialSummaryFile.write(blocks.sum(block + 1), sum);
      Files.deleteIfExists(blocks.sum(folded));
      for (int each : IntStream.rangeClosed(folded, block).toArray()) {
        blocks.delete(each);
      }
      folded = block + 1;
    }
  }
}
