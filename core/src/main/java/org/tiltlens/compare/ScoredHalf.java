package org.tiltlens.compare;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.tilting.ScoreSample;

/**
 * The images of one half of a corpus, and what they score on a feature.
 *
 * @param images indices in the corpus, ascending
 * @param scores one per image
 * @param sample the scores without their images
 */
record ScoredHalf(List<Integer> images, List<Double> scores, ScoreSample sample) {
  /** With fewer effective images a corpus' tilt stands for nothing. */
  static final double LEAST_ESS = 10;

  private static final int HALVINGS = 60;

  /**
   * Those of all scored images that are in a half.
   *
   * @param half indices in the corpus
   */
  static ScoredHalf of(CorpusScores all, List<Integer> half) {
    Set<Integer> own = new HashSet<>(half);
    int[] rows =
        IntStream.range(0, all.images().size())
            .filter(row -> own.contains(all.images().get(row)))
            .toArray();
    if (rows.length == 0) {
      throw new IllegalArgumentException("none of a half's " + half.size() + " images has a score");
    }
    List<Double> scores = IntStream.of(rows).mapToObj(all.scores()::get).toList();
    return new ScoredHalf(
        IntStream.of(rows).mapToObj(all.images()::get).toList(),
        scores,
        ScoreSample.of(scores.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  /** The images of the highest scores, as indices in the corpus. */
  List<Integer> top(int count) {
    return Retrieval.topK(scores, count).stream().map(images::get).toList();
  }

  /** Images drawn by exp(beta s), independently, as indices in the corpus. */
  List<Integer> drawn(double beta, int count, long seed) {
    return Retrieval.of(scores, beta).drawn(count, seed).stream().map(images::get).toList();
  }

  /**
   * The mean score nearest to a wanted one that a tilt of these images has with at least {@value
   * #LEAST_ESS} effective ones.
   */
  double reachable(double mean) {
    double lowest = sample.tilted(trusted(-1)).mean();
    double highest = sample.tilted(trusted(1)).mean();
    return Math.max(lowest, Math.min(highest, mean));
  }

  /** The strongest beta of a sign whose tilt still has enough effective images. */
  private double trusted(int sign) {
    double low = 0;
    double high = 1;
    while (sample.tilted(sign * high).ess() > LEAST_ESS && high < 1e12) {
      low = high;
      high *= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (sample.tilted(sign * middle).ess() > LEAST_ESS) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return sign * low;
  }
}
