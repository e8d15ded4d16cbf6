package org.tiltlens.attribution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Interval;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * What of the images that drive a unit it goes by: shape, fine texture or colour, by how much of
 * its score is left when an {@link Alteration} has taken that away.
 *
 * <pre>
 *   kept = (mean s(altered) - floor) / (mean s(as they are) - floor)
 * </pre>
 *
 * <p>The idea is that of Geirhos et al. 2019 (arXiv 1811.12231), who ask it of a classifier. An
 * alteration also leaves the images that the model was trained on, so that a low share says that
 * the unit does not recognise the image, and a high one that it never needed what was taken. The
 * intervals are of the images: 95 % of a bootstrap, the same picks before and after.
 *
 * @param floor the score that counts as none, such as the corpus' mean
 * @param before mean score of the images as they are
 * @param altered one per alteration
 */
public record Reliance(double floor, Interval before, List<Altered> altered) {
  /** A unit needs what was taken if it keeps less than this, the interval's upper end. */
  public static final double NEEDED_BELOW = 0.5;

  /** A unit does not need what was taken if it keeps more than this, the interval's lower end. */
  public static final double SPARED_ABOVE = 0.8;

  public Reliance {
    altered = List.copyOf(altered);
  }

  /**
   * The images under one alteration.
   *
   * @param alteration which
   * @param mean mean score
   * @param kept the share kept; null unless every image scores above the floor as it is, and if
   *     nothing could be taken
   * @param took whether any image has what it takes; if not, it says nothing of the unit
   */
  public record Altered(Alteration alteration, Interval mean, Interval kept, boolean took) {}

  /**
   * Asks about some images.
   *
   * @param images (n, 3, H, W) in [-1, 1], those that drive the unit most; n at least 2
   * @param floor the score that counts as none
   * @param seed of the shuffling and the bootstrap
   */
  public static Reliance of(Score score, Tensor images, double floor, long seed) {
    List<double[]> scores =
        Batching.inTurn(
            Math.toIntExact(images.size(0)),
            1,
            (i, count) -> scores(score, images.narrow(0, i, 1), List.of(i), seed).get(0));
    return of(scores, floor, seed);
  }

  /**
   * The scores of images as they are and under each of {@link Alteration#all}, a row for each
   * image; NaN under one that takes nothing from it. All go through the model together.
   *
   * @param images (n, 3, H, W) in [-1, 1]
   * @param indices of the images among the others
   */
  public static List<double[]> scores(
      Score score, Tensor images, List<Integer> indices, long seed) {
    try (Scope scope = Scope.open()) {
      List<Alteration> all = Alteration.all(seed);
      List<Tensor> versions = new ArrayList<>();
      for (int i = 0; i < indices.size(); i++) {
        Tensor image = images.narrow(0, i, 1);
        int index = indices.get(i);
        versions.add(image);
        all.forEach(each -> versions.add(each.of(image, index)));
      }
      double[] scores = Tensors.toDoubles(score.finite(Tensors.cat(versions, 0)));
      int each = all.size() + 1;
      List<double[]> rows = new ArrayList<>();
      for (int i = 0; i < indices.size(); i++) {
        double[] row = Arrays.copyOfRange(scores, i * each, (i + 1) * each);
        for (int k = 0; k < all.size(); k++) {
          row[k + 1] = all.get(k).takesFrom(images.narrow(0, i, 1)) ? row[k + 1] : Double.NaN;
        }
        rows.add(row);
      }
      return rows;
    }
  }

  /**
   * Sums up.
   *
   * @param scores {@link #scores} of at least 2 images
   */
  public static Reliance of(List<double[]> scores, double floor, long seed) {
    double[] before = column(scores, 0);
    boolean driven = Arrays.stream(before).allMatch(score -> score > floor);
    Bootstrap bootstrap = new Bootstrap(seed);
    List<Alteration> all = Alteration.all(seed);
    List<Altered> altered = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      double[] after = column(scores, i + 1);
      boolean took = !Arrays.stream(after).allMatch(Double::isNaN);
      Arrays.setAll(after, k -> Double.isNaN(after[k]) ? before[k] : after[k]);
      Interval kept =
          driven && took
              ? bootstrap.of(
                  before.length,
                  picks -> (mean(after, picks) - floor) / (mean(before, picks) - floor))
              : null;
      altered.add(new Altered(all.get(i), bootstrap.ofMean(after), kept, took));
    }
    return new Reliance(floor, bootstrap.ofMean(before), altered);
  }

  private static double[] column(List<double[]> scores, int column) {
    return scores.stream().mapToDouble(each -> each[column]).toArray();
  }

  private static double mean(double[] values, int... picks) {
    return IntStream.of(picks).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  /** How many images there were. */
  public int images() {
    return before.samples();
  }

  /**
   * In plain words, such as {@code keeps 12 % when shuffled, 85 % when blurred, 96 % without
   * colour: shape, not fine texture, not colour}.
   *
   * <p>Of what the images do not have it says nothing. A unit goes by what was taken if the share
   * kept is surely below {@value #NEEDED_BELOW}, not by it if the share is surely above {@value
   * #SPARED_ABOVE} ("surely": the whole interval is), and else partly.
   */
  public String reading() {
    if (altered.stream().anyMatch(each -> each.took && each.kept == null)) {
      return String.format(
          Locale.ROOT,
          "not all of these images score above %.4g as they are: take fewer, or others",
          floor);
    }
    String numbers =
        altered.stream()
            .filter(Altered::took)
            .map(
                each ->
                    String.format(
                        Locale.ROOT,
                        "%d %% %s",
                        Math.round(100 * each.kept.value()),
                        each.alteration.when()))
            .collect(Collectors.joining(", "));
    String needs =
        Stream.of(
                named("", each -> each.kept.high() < NEEDED_BELOW),
                named("partly ", each -> !isClear(each.kept)),
                named("not ", each -> each.kept.low() > SPARED_ABOVE))
            .flatMap(Optional::stream)
            .collect(Collectors.joining(", "));
    String untold =
        altered.stream()
            .filter(each -> !each.took)
            .map(each -> each.alteration.removes())
            .map(what -> "; these images have no " + what + " to tell by")
            .collect(Collectors.joining());
    return "keeps " + numbers + ": " + needs + untold;
  }

  private static boolean isClear(Interval kept) {
    return kept.high() < NEEDED_BELOW || kept.low() > SPARED_ABOVE;
  }

  private Optional<String> named(String how, Predicate<Altered> which) {
    return altered.stream()
        .filter(Altered::took)
        .filter(which)
        .map(each -> how + each.alteration.removes())
        .reduce((a, b) -> a + ", " + b);
  }
}
