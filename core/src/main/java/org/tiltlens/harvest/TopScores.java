package org.tiltlens.harvest;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The highest scores of some images, with these and where in the map they are: highest first,
 * equals in the corpus' order. Those of different images merge to those of all, in whatever order.
 *
 * @param scores finite
 * @param images indices in the corpus
 * @param positions row x width + column of each map's largest value
 */
record TopScores(float[] scores, int[] images, int[] positions) {
  static final TopScores NONE = new TopScores(new float[0], new int[0], new int[0]);

  /**
   * Of scores in any order.
   *
   * @param most how many are kept
   */
  static TopScores of(int most, float[] scores, int[] images, int[] positions) {
    // Whole numbers in the order of scores, then in that of images: sorted without a comparator.
    long[] order = new long[scores.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (long) ~ScoreBins.ordered(scores[i]) << 32 | i;
    }
    if (IntStream.range(1, images.length).anyMatch(i -> images[i] <= images[i - 1])) {
      throw new IllegalArgumentException("images of a part are not in the corpus' order");
    }
    Arrays.sort(order);
    int[] best = Arrays.stream(order).limit(most).mapToInt(key -> (int) key).toArray();
    return picked(best, scores, images, positions);
  }

  private static TopScores picked(int[] rows, float[] scores, int[] images, int... positions) {
    float[] best = new float[rows.length];
    for (int i = 0; i < best.length; i++) {
      best[i] = scores[rows[i]];
    }
    return new TopScores(
        best,
        Arrays.stream(rows).map(row -> images[row]).toArray(),
        Arrays.stream(rows).map(row -> positions[row]).toArray());
  }

  /**
   * The highest of both.
   *
   * @param most how many are kept
   */
  TopScores plus(TopScores other, int most) {
    int size = Math.min(most, scores.length + other.scores.length);
    TopScores both = new TopScores(new float[size], new int[size], new int[size]);
    int own = 0;
    for (int i = 0; i < size; i++) {
      int its = i - own;
      if (its == other.scores.length || (own < scores.length && isBefore(own, other, its))) {
        both.put(i, this, own++);
      } else {
        both.put(i, other, its);
      }
    }
    return both;
  }

  private boolean isBefore(int own, TopScores other, int its) {
    // Both zeros are one score.
    int ours = ScoreBins.ordered(scores[own]);
    int theirs = ScoreBins.ordered(other.scores[its]);
    return ours > theirs || (ours == theirs && images[own] < other.images[its]);
  }

  private void put(int i, TopScores from, int row) {
    scores[i] = from.scores[row];
    images[i] = from.images[row];
    positions[i] = from.positions[row];
  }

  /** The highest scores, ascending. */
  float[] ascending(int most) {
    float[] ascending = new float[Math.min(most, scores.length)];
    for (int i = 0; i < ascending.length; i++) {
      ascending[i] = scores[ascending.length - 1 - i];
    }
    return ascending;
  }

  /** The highest as people read them, highest first. */
  List<FeatureStatistics.TopImage> images(int most, int mapWidth) {
    return IntStream.range(0, Math.min(most, scores.length))
        .mapToObj(
            i ->
                new FeatureStatistics.TopImage(
                    images[i], scores[i], positions[i] / mapWidth, positions[i] % mapWidth))
        .toList();
  }
}
