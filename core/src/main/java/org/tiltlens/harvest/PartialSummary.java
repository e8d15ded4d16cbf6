package org.tiltlens.harvest;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What some of a corpus' images tell of every feature of a dictionary: parts of different images
 * add up to what all of them tell.
 *
 * <p>Adding is associative and commutative to the bit: counts, places and the scores' bits are
 * whole numbers, and which scores are the highest is a matter of scores and places alone. So what
 * comes of it depends neither on how images were divided nor on the order of the parts.
 *
 * <p>Where features x images are few ({@link Shape#of}), every score is kept and percentiles are
 * exact. Else scores are counted in bins of 1/512 of their value ({@link ScoreBins}): a percentile
 * is off by less than that share of itself and a variance low by at most the square of half of it,
 * while means, extremes and the 256 highest scores stay exact.
 */
public final class PartialSummary {
  /** Scores of all features on all images up to which each is kept: 32 MB of floats. */
  private static final long EXACT_NUMBERS = 8L << 20;

  private final Shape shape;
  private final BitSet images = new BitSet();
  private final ScoreBins[] scores;
  private final TopScores[] top;
  private final long[] activeImages;
  private final long[] activePositions;
  private final BitSet unknown = new BitSet();

  /**
   * What parts have in common that can be added.
   *
   * @param features of the dictionary, K
   * @param mapHeight height of their maps
   * @param mapWidth width of their maps
   * @param topImages of each feature, how many of the highest-scoring images to keep
   * @param exact whether every score is kept
   */
  public record Shape(int features, int mapHeight, int mapWidth, int topImages, boolean exact) {
    /**
     * @param images of the whole corpus, at the most
     */
    public static Shape of(int features, int mapHeight, int mapWidth, int topImages, long images) {
      return new Shape(
          features, mapHeight, mapWidth, topImages, features * images <= EXACT_NUMBERS);
    }

    int dropped() {
      return exact ? 0 : ScoreBins.COARSE;
    }

    /** Highest scores that are kept as they are. */
    int kept() {
      return Math.max(topImages, FeatureStatistics.EXACT);
    }
  }

  /** Of no image. */
  public PartialSummary(Shape shape) {
    this.shape = shape;
    scores = new ScoreBins[shape.features];
    Arrays.fill(scores, ScoreBins.none(shape.dropped()));
    top = new TopScores[shape.features];
    Arrays.fill(top, TopScores.NONE);
    activeImages = new long[shape.features];
    activePositions = new long[shape.features];
  }

  /** A feature's part. */
  record Row(ScoreBins scores, TopScores top, long activeImages, long activePositions) {}

  Shape shape() {
    return shape;
  }

  /** Empty for a feature that is not finite somewhere. */
  Optional<Row> row(int k) {
    return unknown.get(k)
        ? Optional.empty()
        : Optional.of(new Row(scores[k], top[k], activeImages[k], activePositions[k]));
  }

  /** As it was written down; a row for every feature. */
  static PartialSummary of(Shape shape, BitSet images, List<Optional<Row>> rows) {
    PartialSummary part = new PartialSummary(shape);
    part.images.or(images);
    for (int k = 0; k < shape.features; k++) {
      if (rows.get(k).isPresent()) {
        part.add(k, rows.get(k).get());
      } else {
        part.forget(k);
      }
    }
    return part;
  }

  /** Indices in the corpus of the images that this tells of; a copy. */
  public BitSet images() {
    return (BitSet) images.clone();
  }

  /** How many images this tells of. */
  public int size() {
    return images.cardinality();
  }

  /**
   * What a pass over some images gave.
   *
   * @param images n indices in the corpus, ascending
   * @param scores (K, n), row by row
   * @param positions (K, n): row x width + column of each map's largest value
   * @param activeImages (K): on how many of them a feature is active
   * @param activePositions (K): at how many positions; NaN where a map is not finite
   */
  record Pass(
      int[] images,
      float[] scores,
      float[] positions,
      double[] activeImages,
      double[] activePositions) {

    private float[] scores(int feature) {
      return row(scores, feature);
    }

    private int[] positions(int feature) {
      float[] row = row(positions, feature);
      return IntStream.range(0, row.length).map(i -> (int) row[i]).toArray();
    }

    private float[] row(float[] of, int feature) {
      return Arrays.copyOfRange(of, feature * images.length, (feature + 1) * images.length);
    }
  }

  /**
   * Adds images.
   *
   * @throws IllegalArgumentException if this tells of one of them already
   */
  void add(Pass pass) {
    BitSet added = new BitSet();
    Arrays.stream(pass.images).forEach(added::set);
    addImages(added);
    for (int k = 0; k < shape.features; k++) {
      float[] row = pass.scores(k);
      // What is outside of the crop is in no score.
      if (!Double.isFinite(pass.activePositions[k]) || !isFinite(row)) {
        forget(k);
      } else if (!unknown.get(k)) {
        add(
            k,
            new Row(
                ScoreBins.of(shape.dropped(), row),
                TopScores.of(shape.kept(), row, pass.images, pass.positions(k)),
                Math.round(pass.activeImages[k]),
                Math.round(pass.activePositions[k])));
      }
    }
  }

  /**
   * Adds the images of another part, which stays as it is.
   *
   * @throws IllegalArgumentException if it is of another shape, or both tell of the same image
   */
  public void add(PartialSummary part) {
    if (!part.shape.equals(shape)) {
      throw new IllegalArgumentException(
          "a part of " + part.shape + " among parts of " + shape + ": harvest all alike");
    }
    addImages(part.images);
    part.unknown.stream().forEach(this::forget);
    for (int k = 0; k < shape.features; k++) {
      if (!unknown.get(k)) {
        add(k, part.row(k).orElseThrow());
      }
    }
  }

  private void addImages(BitSet added) {
    if (images.intersects(added)) {
      BitSet both = images();
      both.and(added);
      throw new IllegalArgumentException(
          "image " + both.nextSetBit(0) + " is in two parts: an image may count once");
    }
    images.or(added);
  }

  private void add(int k, Row row) {
    scores[k] = scores[k].plus(row.scores);
    top[k] = top[k].plus(row.top, shape.kept());
    activeImages[k] += row.activeImages;
    activePositions[k] += row.activePositions;
  }

  private static boolean isFinite(float... scores) {
    for (float score : scores) {
      if (!Float.isFinite(score)) {
        return false;
      }
    }
    return true;
  }

  /** A feature that is not finite somewhere has no statistics, so nothing is kept of it. */
  private void forget(int k) {
    unknown.set(k);
    scores[k] = ScoreBins.none(shape.dropped());
    top[k] = TopScores.NONE;
    activeImages[k] = 0;
    activePositions[k] = 0;
  }

  /**
   * Adds the statistics of all features to a table, in their order.
   *
   * @return how many have any: those whose maps are all finite
   */
  int writeTo(FeatureTableWriter writer) throws SQLException {
    for (int k = 0; k < shape.features; k++) {
      if (unknown.get(k)) {
        writer.addUnknown(k);
      } else {
        writer.add(statistics(k));
      }
    }
    return shape.features - unknown.cardinality();
  }

  private FeatureStatistics statistics(int k) {
    double positions = (double) size() * shape.mapHeight * shape.mapWidth;
    return FeatureStatistics.of(
        k,
        (double) activeImages[k] / size(),
        activePositions[k] / positions,
        scores[k].sample(top[k].ascending(FeatureStatistics.EXACT)),
        top[k].images(shape.topImages, shape.mapWidth));
  }
}
