package org.tiltlens.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.ClassDistance;
import org.tiltlens.metrics.ClassShares;
import org.tiltlens.metrics.JudgeFeature;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Batching;

/**
 * What a judge sees in the exact tilt that a feature's methods are aimed at: in all images of the
 * pool, weighted by {@code exp(beta s)} at the beta where their mean score is the wanted one.
 *
 * @param measure the judge
 * @param feature its feature that goes with the score on the corpus; empty if none does
 * @param tilt empty where the pool cannot tell
 */
record JudgedTilt(JudgeMeasure measure, Optional<JudgeFeature> feature, Optional<Seen> tilt) {
  /**
   * The tilt as the judge sees it.
   *
   * @param beta on the pool
   * @param classes shares of its classes
   * @param seen share of the score's rise that the judge's feature sees too; null if unknown
   */
  record Seen(double beta, ClassShares classes, Estimate seen) {}

  /**
   * Weighs what the judge saw in a pool.
   *
   * @param wanted mean score of the tilt
   * @param scores of the pool's images
   * @param pool what the judge saw in them
   */
  static JudgedTilt of(
      JudgeMeasure measure,
      Optional<JudgeFeature> feature,
      double wanted,
      double[] scores,
      List<JudgeMeasure.Seen> pool) {
    return new JudgedTilt(measure, feature, tilt(measure, feature, wanted, scores, pool));
  }

  private static Optional<Seen> tilt(
      JudgeMeasure measure,
      Optional<JudgeFeature> feature,
      double wanted,
      double[] scores,
      List<JudgeMeasure.Seen> pool) {
    ScoreSample sample = ScoreSample.of(scores);
    if (!(wanted > sample.min() && wanted < sample.max())) {
      return Optional.empty();
    }
    double beta = Tilting.solve(sample, wanted);
    LogWeights weights = LogWeights.of(Arrays.stream(scores).map(s -> beta * s).toArray());
    if (weights.ess() < ScoredHalf.LEAST_ESS) {
      return Optional.empty();
    }
    return Optional.of(
        new Seen(
            beta,
            ClassShares.weighted(measure.head().classes(), labels(pool), weights),
            feature.flatMap(own -> own.seen(scores, rows(pool), weights)).orElse(null)));
  }

  /** What it sees in images (n, 3, H, W), looked at together. */
  List<JudgeMeasure.Seen> see(Tensor images) {
    return measure.of(images, Batching.together(Math.toIntExact(images.size(0))));
  }

  /**
   * Holds a method's images against the tilt.
   *
   * @param scores of at least 2
   * @param images what the judge saw in them
   * @param units which of them hang together, as {@link Bootstrap#ofUnits}
   */
  CompareResult.Judged of(
      double[] scores, List<JudgeMeasure.Seen> images, int[] units, Bootstrap bootstrap) {
    Optional<ClassDistance> distance =
        tilt.map(own -> ClassDistance.ofUnits(labels(images), units, own.classes, bootstrap));
    return new CompareResult.Judged(
        tilt.map(Seen::beta).orElse(null),
        tilt.map(own -> own.classes.ess()).orElse(null),
        distance.map(ClassDistance::distance).orElse(null),
        distance.map(ClassDistance::floor).orElse(null),
        distance.map(ClassDistance::floorHigh).orElse(null),
        feature.flatMap(own -> own.seen(scores, rows(images))).orElse(null),
        tilt.map(Seen::seen).orElse(null),
        feature.map(JudgeFeature::correlation).orElse(null));
  }

  private static int[] labels(List<JudgeMeasure.Seen> images) {
    return images.stream().mapToInt(JudgeMeasure.Seen::label).toArray();
  }

  static double[][] rows(List<JudgeMeasure.Seen> images) {
    return images.stream().map(JudgeMeasure.Seen::features).toArray(double[][]::new);
  }
}
