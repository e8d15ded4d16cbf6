package org.tiltlens.compare;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.function.Function;
import org.tiltlens.metrics.Interval;
import org.tiltlens.page.Quantity;
import org.tiltlens.tilting.Estimate;

/** The numbers that tables of a comparison have a column for, in the columns' order. */
public enum ComparedNumber {
  SCORE_OF_TARGET(Quantity.SCORE_OF_TARGET, cell -> cell.metrics().meanScore().value()),
  OWN_SCORE_OF_TARGET(Quantity.OWN_SCORE_OF_TARGET, interval(CompareResult.Metrics::ownScore)),
  PERCENTILE(Quantity.PERCENTILE, cell -> cell.metrics().reachedPercentile()),
  ACTIVE_SHARE(Quantity.ACTIVE_SHARE, cell -> cell.metrics().activeShare()),
  RANK(Quantity.RANK, cell -> cell.metrics().medianRank()),
  KL(Quantity.KL_PAID, cell -> cell.metrics().kl() == null ? null : cell.metrics().kl().nats()),
  KL_FROM_IMAGES(Quantity.KL_FROM_IMAGES, estimate(CompareResult.Metrics::klFromImages)),
  KERNEL_SAME_SCORE(
      Quantity.KERNEL_SAME_SCORE, cell -> cell.metrics().sameScore().kernel().value()),
  FRECHET_SAME_SCORE(
      Quantity.FRECHET_SAME_SCORE, cell -> cell.metrics().sameScore().frechet().value()),
  KERNEL_CORPUS(Quantity.KERNEL_CORPUS, cell -> cell.metrics().wholeCorpus().kernel().value()),
  FRECHET_CORPUS(Quantity.FRECHET_CORPUS, cell -> cell.metrics().wholeCorpus().frechet().value()),
  PRECISION(Quantity.PRECISION, cell -> cell.metrics().sameScore().precision()),
  RECALL(Quantity.RECALL, cell -> cell.metrics().sameScore().recall()),
  DENSITY(Quantity.DENSITY, cell -> cell.metrics().sameScore().density()),
  COVERAGE(Quantity.COVERAGE, cell -> cell.metrics().sameScore().coverage()),
  CLASSES(
      Quantity.CLASSES,
      judged(judged -> judged.classes() == null ? null : judged.classes().value())),
  CLASSES_FLOOR(Quantity.CLASSES_FLOOR, judged(CompareResult.Judged::classesFloor)),
  SEEN(Quantity.SEEN, judged(judged -> value(judged.seen()))),
  TILT_SEEN(Quantity.TILT_SEEN, judged(judged -> value(judged.tiltSeen()))),
  BITS_PER_DIM(Quantity.BITS_PER_DIM, cell -> cell.metrics().bitsPerDim().value()),
  BITS_OF_LAST_STEPS(Quantity.BITS_OF_LAST_STEPS, cell -> cell.metrics().bitsOfLastSteps().value()),
  SLOW_BITS_PER_DIM(Quantity.SLOW_BITS_PER_DIM, interval(CompareResult.Metrics::slowBitsPerDim)),
  QUALITY(Quantity.QUALITY, interval(CompareResult.Metrics::quality)),
  HIGH_FREQUENCY(Quantity.HIGH_FREQUENCY, cell -> cell.metrics().highFrequency().value()),
  DIVERSITY(Quantity.DIVERSITY, cell -> cell.metrics().diversity()),
  SECONDS(Quantity.SECONDS, CompareResult.Cell::secondsPerImage),
  SECONDS_FINDING_BETA(Quantity.SECONDS_FINDING_BETA, CompareResult.Cell::secondsFindingBeta);

  private final Quantity quantity;
  private final Function<CompareResult.Cell, Double> value;

  ComparedNumber(Quantity quantity, Function<CompareResult.Cell, Double> value) {
    this.quantity = quantity;
    this.value = value;
  }

  /** Its name in JSON. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it measures. */
  Quantity quantity() {
    return quantity;
  }

  /** Of a method's images on a feature; null where it is not known. */
  Double of(CompareResult.Cell cell, double wanted) {
    Double number = value.apply(cell);
    boolean overWanted = this == SCORE_OF_TARGET || this == OWN_SCORE_OF_TARGET;
    return number == null || !overWanted ? number : Double.valueOf(number / wanted);
  }

  private static Function<CompareResult.Cell, Double> interval(
      Function<CompareResult.Metrics, Interval> of) {
    return cell -> of.apply(cell.metrics()) == null ? null : of.apply(cell.metrics()).value();
  }

  private static Function<CompareResult.Cell, Double> estimate(
      Function<CompareResult.Metrics, Estimate> of) {
    return cell -> value(of.apply(cell.metrics()));
  }

  private static Function<CompareResult.Cell, Double> judged(
      Function<CompareResult.Judged, Double> of) {
    return cell -> cell.metrics().judged() == null ? null : of.apply(cell.metrics().judged());
  }

  private static Double value(Estimate estimate) {
    return estimate == null ? null : Double.valueOf(estimate.value());
  }
}
