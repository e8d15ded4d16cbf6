package org.tiltlens.harvest;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.Score;
import org.tiltlens.feature.UnitScores;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.NotFiniteException;
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
   * Scores the first {@code limit} images; skipped are broken ones, and those whose score is NaN or
   * infinite.
   *
   * @param device where the score computes
   * @param lanes how many batches are computed beside each other; changes no score
   * @param progress hears how many more images are done
   * @throws IllegalArgumentException if none can be read
   * @throws NotFiniteException if none that can be read has a finite score
   */
  public static CorpusScores of(
      Corpus corpus, int limit, Score score, Device device, Lanes lanes, LongConsumer progress) {
    Scorer scorer = new Scorer(images -> List.of(score.of(images)), score::failure, device);
    return all(corpus, limit, scorer, lanes, progress).get(0);
  }

  /**
   * Scores the first {@code limit} images on several units in one look at each.
   *
   * @return as {@link #of}, for each unit in their order; of the images that all units have a
   *     finite score on
   */
  public static List<CorpusScores> each(
      Corpus corpus,
      int limit,
      UnitScores scores,
      Device device,
      Lanes lanes,
      LongConsumer progress) {
    Scorer scorer = new Scorer(scores::of, scores::failure, device);
    return all(corpus, limit, scorer, lanes, progress);
  }

  /**
   * What is asked of images.
   *
   * @param scores of a batch, (N) each
   * @param failure what makes scores of images NaN or infinite
   */
  private record Scorer(
      Function<Tensor, List<Tensor>> scores,
      Function<Tensor, NotFiniteException> failure,
      Device device) {}

  private static List<CorpusScores> all(
      Corpus corpus, int limit, Scorer scorer, Lanes lanes, LongConsumer progress) {
    int count = Math.min(limit, corpus.size());
    List<List<CorpusScores>> batches =
        new Batching(BATCH, lanes)
                .map(
                    count,
                    (from, together) -> {
                      Optional<List<CorpusScores>> batch =
                          batch(corpus, from, from + together, scorer);
                      progress.accept(together);
                      return batch;
                    })
                .stream()
                .flatMap(Optional::stream)
                .toList();
    if (batches.isEmpty()) {
      throw none(corpus, count, scorer);
    }
    return IntStream.range(0, batches.get(0).size())
        .mapToObj(k -> joined(batches.stream().map(batch -> batch.get(k)).toList()))
        .toList();
  }

  /** Why no image has a score: the model, if any image can be read. */
  private static IllegalArgumentException none(Corpus corpus, int count, Scorer scorer) {
    for (int i = 0; i < count; i++) {
      try (Scope scope = Scope.open()) {
        Optional<Tensor> image = corpus.read(i);
        if (image.isPresent()) {
          return scorer
              .failure
              .apply(scorer.device.place(image.get().unsqueeze(0)))
              .at("on each of the " + count + " images that can be read");
        }
      }
    }
    return new IllegalArgumentException(
        "none of the " + count + " images can be read: " + corpus.skipped());
  }

  /** Empty if no image of the batch can be used. */
  private static Optional<List<CorpusScores>> batch(
      Corpus corpus, int from, int to, Scorer scorer) {
    try (Scope scope = Scope.open()) {
      return corpus.read(from, to).flatMap(batch -> finite(batch, corpus, scorer));
    }
  }

  private static Optional<List<CorpusScores>> finite(
      Corpus.Batch batch, Corpus corpus, Scorer scorer) {
    Tensor images = scorer.device.place(batch.images());
    List<double[]> scores =
        scorer.scores.apply(images).stream().map(each -> toDoubles(each)).toList();
    List<Integer> rows = new ArrayList<>();
    for (int row = 0; row < batch.indices().size(); row++) {
      int at = row;
      if (scores.stream().allMatch(each -> Double.isFinite(each[at]))) {
        rows.add(row);
      } else {
        String reason = scorer.failure.apply(images.narrow(0, row, 1)).getMessage();
        corpus.skip(batch.indices().get(row), reason);
      }
    }
    List<Integer> indices = rows.stream().map(batch.indices()::get).toList();
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            scores.stream()
                .map(each -> rows.stream().map(row -> each[row]).toList())
                .map(each -> new CorpusScores(indices, each))
                .toList());
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
