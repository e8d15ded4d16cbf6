package org.tiltlens.corpus;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.DoubleStream;
import org.tiltlens.feature.Score;
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
    int count = Math.min(limit, corpus.size());
    List<CorpusScores> batches =
        lanes.map(
            (count + BATCH - 1) / BATCH,
            i -> {
              int from = i * BATCH;
              int to = Math.min(count, from + BATCH);
              CorpusScores batch = batch(corpus, from, to, score, device);
              progress.accept(to - from);
              return batch;
            });
    CorpusScores all =
        new CorpusScores(
            batches.stream().flatMap(batch -> batch.images.stream()).toList(),
            batches.stream().flatMap(batch -> batch.scores.stream()).toList());
    if (all.images.isEmpty()) {
      throw new IllegalArgumentException(
          "none of the " + count + " images can be read: " + corpus.skipped());
    }
    return all;
  }

  private static CorpusScores batch(Corpus corpus, int from, int to, Score score, Device device) {
    try (Scope scope = Scope.open()) {
      return corpus
          .read(from, to)
          .map(
              batch ->
                  new CorpusScores(
                      batch.indices(),
                      DoubleStream.of(toDoubles(score.of(device.place(batch.images()))))
                          .boxed()
                          .toList()))
          .orElse(new CorpusScores(List.of(), List.of()));
    }
  }

  /** The scores without their images. */
  public ScoreSample sample() {
    return ScoreSample.of(scores.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
