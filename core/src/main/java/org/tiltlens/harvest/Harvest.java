package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.SpectrumSum;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * One pass over a corpus that tells what every feature of a dictionary does on it.
 *
 * <p>Images are computed in blocks. A block's numbers are written beside the result ({@code
 * features.parquet.blocks}) before the next begins, so that a killed harvest goes on where it
 * stopped. Blocks are summed up ({@link PartialSummary}) as they come and then removed, so that
 * neither memory nor disk grow with the corpus. The result does not depend on where a harvest was
 * interrupted or on the number of lanes.
 *
 * <p>An image on which the vision model's activations are NaN or infinite is skipped like a broken
 * one; a feature that is so anywhere is in the table without statistics.
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
   * @throws NotFiniteException if no score of the first block's images, or of no feature, is finite
   * @throws IOException if files cannot be written
   */
  public HarvestInfo writeTo(Path file, String models, Lanes lanes, LongConsumer progress)
      throws IOException {
    return writeTo(file, models, null, lanes, progress);
  }

  /** The same with a note of what was asked for, null for none. */
  HarvestInfo writeTo(
      Path file, String models, HarvestSpec asked, Lanes lanes, LongConsumer progress)
      throws IOException {
    if (Files.exists(file)) {
      throw new SpecException("'%s' exists already: give another {file}, or delete it", file);
    }
    String fingerprint = corpus.fingerprint(limit);
    Path folder = file.resolveSibling(file.getFileName() + ".blocks");
    HarvestBlocks blocks = HarvestBlocks.open(folder, identity(fingerprint, models));
    int count = (limit + BLOCK - 1) / BLOCK;
    FoldedBlocks folded = FoldedBlocks.open(blocks, topImages, limit, count);
    reportSkipped(folded.images(), folded.first());
    for (int b = 0; b < folded.first(); b++) {
      progress.accept(sizeOf(b));
    }
    for (int b = folded.first(); b < count; b++) {
      block(blocks, b, lanes);
      folded.add(b);
      progress.accept(sizeOf(b));
      if (b == 0 && folded.sum().isEmpty()) {
        try {
          requireModel();
        } catch (NotFiniteException e) {
          blocks.delete();
          throw e;
        }
      }
    }
    if (folded.sum().isEmpty()) {
      blocks.delete();
      throw noImage();
    }
    try {
      HarvestInfo info = write(file, folded.sum().get(), models, asked, fingerprint);
      blocks.delete();
      return info;
    } catch (NotFiniteException e) {
      blocks.delete();
      throw e;
    }
  }

  /** All that decides the numbers, as one text. */
  String identity(String fingerprint, String models) {
    return String.join("\n", fingerprint, models, scores.toString(), "top " + topImages);
  }

  /**
   * What the images {@code from .. to - 1} tell: whoever computes them, parts of different images
   * add up to what a pass over all of them gives, to the bit, as long as each begins at a multiple
   * of {@link #BATCH}.
   *
   * @param progress hears how many more images are done
   */
  HarvestPart part(int from, int to, Lanes lanes, LongConsumer progress) {
    if (from % BATCH != 0 || from < 0 || from >= to || to > limit) {
      throw new IllegalArgumentException(
          "a part of images %d .. %d: must begin at a multiple of %d and end by %d"
              .formatted(from, to - 1, BATCH, limit));
    }
    PartialSummary summary = null;
    SpectrumSum spectrum = null;
    for (int start = from; start < to; start += BLOCK) {
      int end = Math.min(to, start + BLOCK);
      NavigableMap<Integer, SpectrumSum> spectra = new ConcurrentSkipListMap<>();
      List<HarvestBlocks.Block> block = new ArrayList<>();
      compute(
          start,
          end,
          lanes,
          batch -> spectrum(batch).ifPresent(sum -> spectra.put(batch.indices().get(0), sum)),
          (images, numbers) -> {
            if (!images.isEmpty()) {
              block.add(HarvestBlocks.Block.of(images, numbers));
            }
          });
      for (HarvestBlocks.Block each : block) {
        summary = each.addTo(summary, topImages, limit);
      }
      for (SpectrumSum each : spectra.values()) {
        spectrum = spectrum == null ? each : spectrum.plus(each);
      }
      progress.accept(end - start);
    }
    return new HarvestPart(summary, corpus.skipped().take(from, to), spectrum);
  }

  private Optional<SpectrumSum> spectrum(Corpus.Batch batch) {
    return CorpusSpectrum.isOf(corpus)
        ? Optional.of(SpectrumSum.of(batch.images()))
        : Optional.empty();
  }

  /** What resumed blocks left out is met again only to be reported. */
  private void reportSkipped(BitSet used, int blocks) {
    int end = Math.min(limit, blocks * BLOCK);
    for (int image = used.nextClearBit(0); image < end; image = used.nextClearBit(image + 1)) {
      report(image);
    }
  }

  /** Whether all images of the first block are left out because of the model, not of the files. */
  private void requireModel() {
    for (int i = 0; i < sizeOf(0); i++) {
      try (Scope scope = Scope.open()) {
        Optional<Tensor> image = corpus.read(i);
        if (image.isPresent()) {
          throw scores
              .failure(image.get())
              .at("on each of the first " + sizeOf(0) + " images that can be read");
        }
      }
    }
  }

  private IllegalArgumentException noImage() {
    return new IllegalArgumentException(
        "none of the " + limit + " images can be read: " + corpus.skipped());
  }

  private int sizeOf(int block) {
    return Math.min(BLOCK, limit - block * BLOCK);
  }

  /** A block is on disk afterwards. */
  private void block(HarvestBlocks blocks, int block, Lanes lanes) {
    int from = block * BLOCK;
    Optional<List<Integer>> done = blocks.images(block);
    if (done.isEmpty()) {
      compute(
          from,
          from + sizeOf(block),
          lanes,
          batch -> {},
          (images, numbers) -> blocks.write(block, images, numbers));
    } else {
      // What a resumed block left out is met again only to be reported.
      IntStream.range(from, from + sizeOf(block))
          .filter(i -> !done.get().contains(i))
          .forEach(this::report);
    }
  }

  private void report(int image) {
    try (Scope scope = Scope.open()) {
      corpus.read(image).ifPresent(read -> skip(image, read));
    }
  }

  private void skip(int image, Tensor read) {
    corpus.skip(image, scores.failure(read).getMessage());
  }

  /**
   * Computes images {@code from .. to - 1}.
   *
   * @param seen is shown each batch of images as it was read
   * @param use is given the images that could be used and what their batches gave, of which there
   *     may be none
   */
  private void compute(
      int from,
      int to,
      Lanes lanes,
      Consumer<Corpus.Batch> seen,
      BiConsumer<List<Integer>, List<FeatureScores.Batch>> use) {
    // Here rather than in the results alone, which a failure leaves behind.
    Queue<Tensor> kept = new ConcurrentLinkedQueue<>();
    try {
      List<Scored> scored =
          new Batching(BATCH, lanes)
                  .map(
                      to - from,
                      (first, count) -> score(from + first, from + first + count, seen, kept))
                  .stream()
                  .flatMap(Optional::stream)
                  .toList();
      List<Integer> images = scored.stream().flatMap(batch -> batch.images.stream()).toList();
      use.accept(images, scored.stream().map(Scored::numbers).toList());
    } finally {
      kept.forEach(Scope::release);
    }
  }

  /** Images that could be used and their numbers, whose tensors outlive every scope. */
  private record Scored(List<Integer> images, FeatureScores.Batch numbers) {}

  /**
   * Reads a batch.
   *
   * @param kept receives the tensors to release
   */
  private Optional<Scored> score(
      int from, int to, Consumer<Corpus.Batch> seen, Queue<Tensor> kept) {
    try (Scope scope = Scope.open()) {
      Optional<Corpus.Batch> batch = corpus.read(from, to);
      batch.ifPresent(seen);
      return batch.flatMap(read -> score(read, kept));
    }
  }

  /** Leaves out images on which the vision model's activations are not finite. */
  private Optional<Scored> score(Corpus.Batch batch, Queue<Tensor> kept) {
    Tensor activations = scores.vision().activations(batch.images(), scores.at());
    List<Integer> rows =
        LongStream.of(Tensors.finiteRows(activations)).mapToObj(Math::toIntExact).toList();
    for (int row = 0; row < batch.indices().size(); row++) {
      if (!rows.contains(row)) {
        skip(batch.indices().get(row), batch.images().select(0, row));
      }
    }
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    FeatureScores.Batch numbers = scores.ofActivations(picked(activations, rows));
    numbers.tensors().forEach(tensor -> kept.add(Scope.keepForever(tensor)));
    return Optional.of(new Scored(rows.stream().map(batch.indices()::get).toList(), numbers));
  }

  /** All rows as they are laid out, which decides last bits, or a copy of some. */
  static Tensor picked(Tensor activations, List<Integer> rows) {
    return rows.size() == activations.size(0)
        ? activations
        : Tensors.stack(rows.stream().map(row -> activations.select(0, row)).toList());
  }

  /**
   * Writes the table of parts that a pass over all images came to.
   *
   * @throws IllegalArgumentException if no image can be read
   * @throws NotFiniteException if no score of any image, or of no feature, is finite
   */
  HarvestInfo write(Path file, Optional<PartialSummary> summary, String models, HarvestSpec asked)
      throws IOException {
    if (summary.isEmpty()) {
      requireModel();
      throw noImage();
    }
    return write(file, summary.get(), models, asked, corpus.fingerprint(limit));
  }

  private HarvestInfo write(
      Path file, PartialSummary summary, String models, HarvestSpec asked, String fingerprint)
      throws IOException {
    HarvestInfo info =
        new HarvestInfo(
            summary.size(),
            limit - summary.size(),
            scores.dictionary().features(),
            summary.shape().mapHeight(),
            summary.shape().mapWidth(),
            scores.toString(),
            corpus.framing().toString(),
            fingerprint,
            models,
            asked);
    try (FeatureTableWriter writer = new FeatureTableWriter()) {
      if (summary.writeTo(writer) == 0) {
        throw new NotFiniteException(
            "no feature of the dictionary has finite scores where the vision model is finite: check"
                + " the dictionary's weights");
      }
      writer.writeTo(file, info.toMap());
      return info;
    } catch (SQLException e) {
      throw new IOException("cannot write '" + file + "': " + e.getMessage(), e);
    }
  }
}
