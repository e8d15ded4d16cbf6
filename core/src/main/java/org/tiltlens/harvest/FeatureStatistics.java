package org.tiltlens.harvest;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiltlens.tilting.ScoreSample;

/**
 * What one feature of a dictionary does on a corpus.
 *
 * <p>Its score is the intrinsic one, before the activation function; "active" means after it.
 *
 * @param feature its index
 * @param frequency share of images on which it is active anywhere, in [0, 1]
 * @param positionFrequency share of all positions of all images at which it is active, in [0, 1]
 * @param mean mean score
 * @param deviation standard deviation of the scores
 * @param min lowest score
 * @param max highest score
 * @param percentiles the scores at {@link #PERCENTILES}
 * @param top the images of the highest scores, highest first; equals in the corpus' order
 * @param sample the scores themselves, exact for up to {@value #SAMPLE} images and above all but
 *     exact where a tilt looks; see {@link ScoreSample#condensed}
 */
public record FeatureStatistics(
    int feature,
    double frequency,
    double positionFrequency,
    double mean,
    double deviation,
    double min,
    double max,
    List<Double> percentiles,
    List<TopImage> top,
    ScoreSample sample) {

  /**
   * The percentiles kept, by {@link ScoreSample#scoreAt}'s definition: to which error, {@link
   * PartialSummary} says.
   */
  public static final List<Double> PERCENTILES =
      List.of(1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.0, 99.0, 99.5, 99.9);

  /** Entries of {@link #sample}, at most. */
  static final int SAMPLE = 512;

  /** The highest scores, each an entry of its own. */
  static final int EXACT = SAMPLE / 2;

  public FeatureStatistics {
    percentiles = List.copyOf(percentiles);
    top = List.copyOf(top);
  }

  /**
   * One of a feature's top images.
   *
   * @param image its index in the corpus
   * @param score its score
   * @param row where in the feature's map its largest value is
   * @param column the same
   */
  public record TopImage(int image, double score, int row, int column) {}

  /** Statistics from all of a feature's scores. */
  static FeatureStatistics of(
      int feature,
      double frequency,
      double positionFrequency,
      ScoreSample scores,
      List<TopImage> top) {
    return new FeatureStatistics(
        feature,
        frequency,
        positionFrequency,
        scores.mean(),
        Math.sqrt(scores.tilted(0).variance()),
        scores.min(),
        scores.max(),
        PERCENTILES.stream().map(scores::scoreAt).toList(),
        top,
        scores.condensed(EXACT, SAMPLE - EXACT - 1));
  }

  /** Names of {@link #PERCENTILES}: {@code p50, .. p99_5}. */
  static List<String> percentileNames() {
    return PERCENTILES.stream()
        .map(p -> "p" + (p == Math.rint(p) ? Integer.toString(p.intValue()) : p.toString()))
        .map(name -> name.replace('.', '_'))
        .toList();
  }

  /** The percentiles as {@code p50 -> score}, lowest first. */
  public Map<String, Double> percentilesByName() {
    Map<String, Double> named = new LinkedHashMap<>();
    Iterator<Double> scores = percentiles.iterator();
    percentileNames().forEach(name -> named.put(name, scores.next()));
    return named;
  }

  /** Whether it is active on any image. */
  public boolean isAlive() {
    return frequency > 0;
  }
}
