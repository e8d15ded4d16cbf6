package org.tiltlens.harvest;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.Score;
import org.tiltlens.feature.UnitScores;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;

/**
 * The score of one unit on every image of a corpus.
 *
 * @param images indices in the corpus of the images that could be read, ascending
 * @param scores s of each of them
 */
public record CorpusScores(List<Integer> images, List<Double> scores) {
  /** Images that go through the model together; decides the last bits of the scores. */
  private static final int BATCH = 16;

  public CorpusScores {
    images = List.copyOf(images);
    scores = List.copyOf(scores);
  }

  /**
   * Scores the first {@code limit} images; broken ones are skipped.
   *
   * @param device where the score computes
   * @param lanes how many batches are computed beside each other; changes no score
   * @param progress hears how many more images are done
   * @throws IllegalArgumentException if none can be read
   */
  public static CorpusScores of(
      Corpus corpus, int limit, Score score, Device device, Lanes lanes, LongConsumer progress) {
    return all(corpus, limit, images -> List.of(score.of(images)), device, lanes, progress).get(0);
  }

  /**
   * Scores the first {@code limit} images on several units in one look at each.
   *
   * @return as {@link #of}, for each unit in their order
   */
  public static List<CorpusScores> each(
      Corpus corpus,
      int limit,
      UnitScores scores,
      Device device,
      Lanes lanes,
      LongConsumer progress) {
    return all(corpus, limit, scores::of, device, lanes, progress);
  }

  private static List<CorpusScores> all(
      Corpus corpus,
      int limit,
      Function<Tensor, List<Tensor>> scores,
      Device device,
      Lanes lanes,
      LongConsumer progress) {
    int count = Math.min(limit, corpus.size());
    List<List<CorpusScores>> batches =
        lanes
            .map(
                (count + BATCH - 1) / BATCH,
                i -> {
                  int from = i * BATCH;
                  int to = Math.min(count, from + BATCH);
                  Optional<List<CorpusScores>> batch = batch(corpus, from, to, scores, device);
                  progress.accept(to - from);
                  return batch;
                })
            .stream()
            .flatMap(Optional::stream)
            .toList();
    if (batches.isEmpty()) {
      throw new IllegalArgumentException(
          "none of the " + count + " images can be read: " + corpus.skipped());
    }
    return IntStream.range(0, batches.get(0).size())
        .mapToObj(k -> joined(batches.stream().map(batch -> batch.get(k)).toList()))
        .toList();
  }

  /** Empty if all images of the batch are broken. */
  private static Optional<List<CorpusScores>> batch(
      Corpus corpus, int from, int to, Function<Tensor, List<Tensor>> scores, Device device) {
    try (Scope scope = Scope.open()) {
      return corpus
          .read(from, to)
          .map(
              batch ->
                  scores.apply(device.place(batch.images())).stream()
                      .map(each -> DoubleStream.of(toDoubles(each)).boxed().toList())
                      .map(each -> new CorpusScores(batch.indices(), each))
                      .toList());
    }
  }

  private static CorpusScores joined(List<CorpusScores> batches) {
    return new CorpusScores(
        batches.stream().flatMap(batch -> batch.images.stream()).toList(),
        batches.stream().flatMap(batch -> batch.scores.stream()).toList());
  }

  /** The scores without their images. */
  public ScoreSample sample() {
    return ScoreSample.of(scores.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
