package org.tiltlens.harvest;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Statistics of every feature from the blocks of a harvest.
 *
 * <p>A few features at a time: their scores on all images are gathered from the blocks, sorted and
 * let go.
 *
 * @param block opens a finished block
 * @param blocks how many there are
 * @param images indices in the corpus of the images of all blocks, in order
 * @param mapHeight height of the features' maps
 * @param mapWidth width of the features' maps
 * @param topImages how many of the highest-scoring images to keep
 */
record Summaries(
    IntFunction<TensorStore> block,
    int blocks,
    List<Integer> images,
    int mapHeight,
    int mapWidth,
    int topImages) {

  /** Scores and positions held at a time. */
  private static final long MAX_ELEMENTS = 16L << 20;

  /**
   * Adds the statistics of features {@code 0 .. count - 1} to a table, in that order.
   *
   * @return how many have any: those whose maps are all finite
   */
  int writeTo(FeatureTableWriter writer, int count) throws SQLException {
    int step = (int) Math.max(1, Math.min(count, MAX_ELEMENTS / images.size()));
    int known = 0;
    for (int from = 0; from < count; from += step) {
      Group group = gather(from, Math.min(step, count - from));
      for (int i = 0; i < group.activeImages.length; i++) {
        if (group.isFinite(i)) {
          writer.add(statistics(group, i, from + i));
          known++;
        } else {
          writer.addUnknown(from + i);
        }
      }
    }
    return known;
  }

  /** All there is on some features: a row of scores and one of positions each, and two counts. */
  private static final class Group {
    private final float[][] scores;
    private final float[][] positions;
    private final double[] activeImages;
    private final double[] activePositions;

    Group(int features, int images) {
      scores = new float[features][images];
      positions = new float[features][images];
      activeImages = new double[features];
      activePositions = new double[features];
    }

    boolean isFinite(int feature) {
      for (float score : scores[feature]) {
        if (!Float.isFinite(score)) {
          return false;
        }
      }
      // What is outside of the crop is in no score.
      return Double.isFinite(activePositions[feature]);
    }

    void copy(TensorStore store, int from, int column) {
      int features = activeImages.length;
      float[] newScores = Tensors.toFloats(store.loadRows(HarvestBlocks.SCORES, from, features));
      float[] newPositions =
          Tensors.toFloats(store.loadRows(HarvestBlocks.POSITIONS, from, features));
      double[] newImages =
          Tensors.toDoubles(store.loadRows(HarvestBlocks.ACTIVE_IMAGES, from, features));
      double[] newCounts =
          Tensors.toDoubles(store.loadRows(HarvestBlocks.ACTIVE_POSITIONS, from, features));
      int width = newScores.length / features;
      for (int i = 0; i < features; i++) {
        System.arraycopy(newScores, i * width, scores[i], column, width);
        System.arraycopy(newPositions, i * width, positions[i], column, width);
        activeImages[i] += newImages[i];
        activePositions[i] += newCounts[i];
      }
    }
  }

  private Group gather(int from, int features) {
    Group group = new Group(features, images.size());
    int column = 0;
    for (int b = 0; b < blocks; b++) {
      try (TensorStore store = block.apply(b);
          Scope scope = Scope.open()) {
        group.copy(store, from, column);
        column += store.entries().get(HarvestBlocks.IMAGES).shape().get(0).intValue();
      }
    }
    return group;
  }

  private FeatureStatistics statistics(Group group, int row, int feature) {
    float[] scores = group.scores[row];
    double[] wide = new double[scores.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = scores[i];
    }
    double positions = (double) scores.length * mapHeight * mapWidth;
    return FeatureStatistics.of(
        feature,
        group.activeImages[row] / scores.length,
        group.activePositions[row] / positions,
        ScoreSample.of(wide),
        top(scores, group.positions[row]));
  }

  private List<FeatureStatistics.TopImage> top(float[] scores, float[] positions) {
    float[] sorted = scores.clone();
    Arrays.sort(sorted);
    float lowest = sorted[Math.max(0, sorted.length - topImages)];
    return IntStream.range(0, scores.length)
        .filter(i -> scores[i] >= lowest)
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> -scores[i]).thenComparing(i -> i))
        .limit(topImages)
        .map(i -> topImage(images.get(i), scores[i], (int) positions[i]))
        .toList();
  }

  private FeatureStatistics.TopImage topImage(int image, float score, int position) {
    return new FeatureStatistics.TopImage(image, score, position / mapWidth, position % mapWidth);
  }
}
