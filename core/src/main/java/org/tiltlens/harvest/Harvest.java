package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;

/**
 * One pass over a corpus that tells what every feature of a dictionary does on it.
 *
 * <p>Images are computed in blocks. A block's numbers are written beside the result ({@code
 * features.parquet.blocks}) before the next begins, so that a killed harvest goes on where it
 * stopped and memory does not grow with the corpus; disk use is 8 bytes per image and feature until
 * the result is written. The result does not depend on where a harvest was interrupted or on the
 * number of lanes.
 *
 * @param corpus the images; stays its owner's to close
 * @param scores the features
 * @param limit how many of the corpus' first images to take, at least 1
 * @param topImages how many of each feature's highest-scoring images to keep, at least 1
 */
public record Harvest(Corpus corpus, FeatureScores scores, int limit, int topImages) {
  /** Enough for galleries, which show 9 or 16. */
  public static final int TOP_IMAGES = 16;

  /** Images that go through the models together; decides the last bits of the scores. */
  static final int BATCH = 16;

  /** Images in a block: what a kill may cost. */
  private static final int BLOCK = 512;

  public Harvest {
    if (limit < 1 || topImages < 1) {
      throw new IllegalArgumentException(
          "a harvest of "
              + limit
              + " images with "
              + topImages
              + " top ones: both must be at least 1");
    }
    limit = Math.min(limit, corpus.size());
  }

  /** Everything in the corpus, with the usual number of top images. */
  public Harvest(Corpus corpus, FeatureScores scores) {
    this(corpus, scores, Integer.MAX_VALUE, TOP_IMAGES);
  }

  /**
   * Computes what is not yet computed and writes the table.
   *
   * @param file where it goes; must not exist
   * @param models tells the models apart from others, such as hashes of their files
   * @param lanes how many batches are computed beside each other
   * @param progress hears how many more images are done
   * @throws IllegalArgumentException if {@code file} exists, an unfinished harvest of something
   *     else is beside it, or no image can be read
   * @throws IOException if files cannot be written
   */
  public HarvestInfo writeTo(Path file, String models, Lanes lanes, LongConsumer progress)
      throws IOException {
    if (Files.exists(file)) {
      throw new IllegalArgumentException(
          "'" + file + "' exists already: give another --out, or delete it");
    }
    String fingerprint = corpus.fingerprint(limit);
    Path folder = file.resolveSibling(file.getFileName() + ".blocks");
    HarvestBlocks blocks =
        HarvestBlocks.open(folder, String.join("\n", fingerprint, models, scores.toString()));
    List<Integer> images = new ArrayList<>();
    int count = (limit + BLOCK - 1) / BLOCK;
    for (int b = 0; b < count; b++) {
      images.addAll(block(blocks, b, lanes));
      progress.accept(sizeOf(b));
    }
    if (images.isEmpty()) {
      blocks.delete();
      throw new IllegalArgumentException(
          "none of the " + limit + " images can be read: " + corpus.skipped());
    }
    HarvestInfo info = write(file, blocks, images, models, fingerprint);
    blocks.delete();
    return info;
  }

  private int sizeOf(int block) {
    return Math.min(BLOCK, limit - block * BLOCK);
  }

  /** Indices of the readable images of a block, which is on disk afterwards. */
  private List<Integer> block(HarvestBlocks blocks, int block, Lanes lanes) {
    int from = block * BLOCK;
    Optional<List<Integer>> done = blocks.images(block);
    if (done.isEmpty()) {
      return compute(blocks, block, lanes);
    }
    // Broken images of a resumed block are met again only to be reported.
    IntStream.range(from, from + sizeOf(block))
        .filter(i -> !done.get().contains(i))
        .forEach(corpus::read);
    return done.get();
  }

  private List<Integer> compute(HarvestBlocks blocks, int block, Lanes lanes) {
    int from = block * BLOCK;
    int to = from + sizeOf(block);
    int batches = (to - from + BATCH - 1) / BATCH;
    List<Scored> scored =
        lanes
            .map(batches, i -> score(from + i * BATCH, Math.min(to, from + (i + 1) * BATCH)))
            .stream()
            .flatMap(Optional::stream)
            .toList();
    List<Integer> images = scored.stream().flatMap(batch -> batch.images.stream()).toList();
    try {
      blocks.write(block, images, scored.stream().map(Scored::numbers).toList());
    } finally {
      scored.forEach(batch -> batch.numbers.tensors().forEach(Scope::release));
    }
    return images;
  }

  /** Images that could be read and their numbers, whose tensors outlive every scope. */
  private record Scored(List<Integer> images, FeatureScores.Batch numbers) {}

  private Optional<Scored> score(int from, int to) {
    try (Scope scope = Scope.open()) {
      return corpus
          .read(from, to)
          .map(
              batch -> {
                FeatureScores.Batch numbers = scores.of(batch.images());
                numbers.tensors().forEach(Scope::keepForever);
                return new Scored(batch.indices(), numbers);
              });
    }
  }

  private HarvestInfo write(
      Path file, HarvestBlocks blocks, List<Integer> images, String models, String fingerprint)
      throws IOException {
    Summaries summaries = blocks.summaries((limit + BLOCK - 1) / BLOCK, images, topImages);
    HarvestInfo info =
        new HarvestInfo(
            images.size(),
            limit - images.size(),
            scores.dictionary().features(),
            summaries.mapHeight(),
            summaries.mapWidth(),
            scores.toString(),
            corpus.framing().toString(),
            fingerprint,
            models);
    try (FeatureTableWriter writer = new FeatureTableWriter()) {
      summaries.forEach(info.features(), writer::add);
      writer.writeTo(file, info.toMap());
      return info;
    } catch (SQLException e) {
      throw new IOException("cannot write '" + file + "': " + e.getMessage(), e);
    }
  }
}
