package org.tiltlens.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Training images by their features, to look up those that are nearest to a sample: whether a prior
 * draws new images or knows the old ones by heart.
 *
 * @param images any of the training images
 * @param features of each
 */
record NearestImages(LabelledImages images, double[][] features) {
  /** The file of samples, each at the left of the training images nearest to it. */
  static final String FILE = "nearest.png";

  /** How many samples a sheet shows at most. */
  static final int ROWS = 8;

  /** As many are looked at, drawn at random if there are more. */
  private static final int MOST = 50_000;

  /** All of the training images if they are not too many. */
  static LabelledImages some(LabelledImages images, long seed) {
    if (images.size() <= MOST) {
      return images;
    }
    long[] order = Noise.permutation(seed, RandomStream.NEAREST, 0, images.size());
    return images.select(MOST, i -> (int) order[i]);
  }

  /**
   * The first samples of a grid in a column, each followed by its nearest images, nearest first.
   *
   * @param samples how many, at most {@link #ROWS}
   * @param drawn their features
   */
  SampleGrid sheet(SampleGrid grid, int samples, double[][] drawn) {
    SampleGrid sheet = new SampleGrid(samples * SampleGrid.COLUMNS, images.side());
    for (int row = 0; row < samples; row++) {
      int first = row * SampleGrid.COLUMNS;
      sheet.put(first, grid, row);
      int[] nearest = nearest(drawn[row], Math.min(images.size(), SampleGrid.COLUMNS - 1));
      for (int i = 0; i < nearest.length; i++) {
        try (Scope scope = Scope.open()) {
          sheet.put(first + 1 + i, images.image(nearest[i]));
        }
      }
    }
    return sheet;
  }

  private int[] nearest(double[] to, int count) {
    double[] distances = Arrays.stream(features).mapToDouble(own -> distance(own, to)).toArray();
    return IntStream.range(0, distances.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> distances[i]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Mean distance of vectors to the nearest image. */
  double meanDistance(double[][] vectors) {
    return Arrays.stream(vectors)
        .mapToDouble(
            to -> Arrays.stream(features).mapToDouble(own -> distance(own, to)).min().orElseThrow())
        .average()
        .orElseThrow();
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }
}
