package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.metrics.Interval;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.Line;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Target;

/**
 * Reads the pictures of a comparison and notes where in the {@code compare.json} each number
 * stands.
 *
 * @param folder the comparison's folder
 * @param run its result
 */
record CompareReader(Path folder, CompareResult run) {

  /**
   * The grid.
   *
   * @throws IOException if a picture is missing or no PNG
   */
  CompareGrid read() throws IOException {
    List<CompareGrid.Row> rows = new ArrayList<>();
    for (int feature : run.spec().features()) {
      rows.add(new CompareGrid.Row(feature, aim(feature), cells(feature)));
    }
    return new CompareGrid(rows);
  }

  /** Empty where the feature's score is not finite. */
  private List<Line> aim(int index) {
    for (int i = 0; i < run.features().size(); i++) {
      if (run.features().get(i).feature() == index) {
        return aim(run.features().get(i), "/features/" + i);
      }
    }
    return List.of();
  }

  private static List<Line> aim(CompareResult.Feature feature, String at) {
    Target target = feature.target();
    return Stream.of(
            Reading.of(Quantity.SCORE, target.activation(), at + "/target/activation"),
            Reading.of(Quantity.PERCENTILE, target.percentile(), at + "/target/percentile"),
            Reading.of(Quantity.BETA, feature.beta(), at + "/beta"))
        .filter(Objects::nonNull)
        .map(Line::of)
        .toList();
  }

  private List<CompareGrid.Cell> cells(int feature) throws IOException {
    List<CompareGrid.Cell> cells = new ArrayList<>();
    for (Method method : run.spec().methods()) {
      CompareResult.Cell found = run.cell(feature, method).orElse(null);
      cells.add(found == null ? null : cell(found, "/results/" + run.results().indexOf(found)));
    }
    return cells;
  }

  private CompareGrid.Cell cell(CompareResult.Cell cell, String at) throws IOException {
    List<CompareGrid.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < cell.images().size(); i++) {
      CompareResult.Image image = cell.images().get(i);
      pictures.add(
          new CompareGrid.Picture(
              png(image.file()),
              png(image.overlay()),
              "%s on feature %d, image %d".formatted(cell.method().label(), cell.feature(), i + 1),
              readings(image, at + "/images/" + i)));
    }
    return cell.metrics() == null
        ? new CompareGrid.Cell(cell, at, pictures, List.of(), List.of())
        : new CompareGrid.Cell(
            cell, at, pictures, main(cell.metrics(), at + "/metrics"), more(cell, at));
  }

  private static List<Reading> readings(CompareResult.Image image, String at) {
    return Stream.of(
            Reading.of(Quantity.SCORE, image.score(), at + "/score"),
            Reading.of(Quantity.OWN_SCORE, image.ownScore(), at + "/own_score"),
            Reading.of(Quantity.SCORE_AFTER_TOPK, image.scoreAfterTopk(), at + "/score_after_topk"),
            Reading.of(Quantity.PERCENTILE, image.percentile(), at + "/percentile"),
            Reading.of(Quantity.RANK, image.rank(), at + "/rank"),
            Reading.of(Quantity.BITS_PER_DIM, image.bitsPerDim(), at + "/bits_per_dim"),
            Reading.of(
                Quantity.BITS_OF_LAST_STEPS, image.bitsOfLastSteps(), at + "/bits_of_last_steps"),
            Reading.of(
                Quantity.SLOW_BITS_PER_DIM, image.slowBitsPerDim(), at + "/slow_bits_per_dim"),
            Reading.of(Quantity.QUALITY, image.quality(), at + "/quality"),
            Reading.of(Quantity.HIGH_FREQUENCY, image.highFrequency(), at + "/high_frequency"))
        .filter(Objects::nonNull)
        .toList();
  }

  private static List<Line> main(CompareResult.Metrics metrics, String at) {
    List<Line> own =
        Stream.of(
                line(Quantity.SCORE, metrics.meanScore(), at + "/mean_score"),
                line(Quantity.OWN_SCORE, metrics.ownScore(), at + "/own_score"),
                line(Quantity.PERCENTILE, metrics.reachedPercentile(), at + "/reached_percentile"),
                line(Quantity.ACTIVE_SHARE, metrics.activeShare(), at + "/active_share"),
                line(Quantity.RANK, metrics.medianRank(), at + "/median_rank"),
                line(
                    Quantity.KL_PAID,
                    metrics.kl() == null ? null : metrics.kl().nats(),
                    at + "/kl/nats"),
                line(
                    Quantity.KERNEL_SAME_SCORE,
                    metrics.sameScore().kernel(),
                    at + "/same_score/kernel"),
                line(
                    Quantity.KERNEL_CORPUS,
                    metrics.wholeCorpus().kernel(),
                    at + "/whole_corpus/kernel"),
                line(Quantity.BITS_PER_DIM, metrics.bitsPerDim(), at + "/bits_per_dim"))
            .filter(Objects::nonNull)
            .toList();
    return metrics.judged() == null
        ? own
        : Stream.concat(own.stream(), judged(metrics.judged(), at + "/judged")).toList();
  }

  private static Stream<Line> judged(CompareResult.Judged judged, String at) {
    Stream<Line> classes =
        judged.classes() == null
            ? Stream.empty()
            : Stream.of(
                line(Quantity.CLASSES, judged.classes(), at + "/classes"),
                line(Quantity.CLASSES_FLOOR, judged.classesFloor(), at + "/classes_floor"));
    return Stream.concat(
        classes,
        Stream.concat(
            estimated(Quantity.SEEN, Quantity.SEEN_ERROR, judged.seen(), at + "/seen"),
            estimated(
                Quantity.TILT_SEEN,
                Quantity.TILT_SEEN_ERROR,
                judged.tiltSeen(),
                at + "/tilt_seen")));
  }

  /** A number and its standard error; nothing where it is absent. */
  private static Stream<Line> estimated(
      Quantity quantity, Quantity error, Estimate estimate, String at) {
    return estimate == null
        ? Stream.empty()
        : Stream.of(
            line(quantity, estimate.value(), at + "/value"),
            line(error, estimate.standardError(), at + "/standard_error"));
  }

  private static List<Line> more(CompareResult.Cell cell, String cellAt) {
    CompareResult.Metrics metrics = cell.metrics();
    CompareResult.Naturalness same = metrics.sameScore();
    String at = cellAt + "/metrics";
    return Stream.of(
            line(Quantity.FRECHET_SAME_SCORE, same.frechet(), at + "/same_score/frechet"),
            line(
                Quantity.FRECHET_CORPUS,
                metrics.wholeCorpus().frechet(),
                at + "/whole_corpus/frechet"),
            line(
                Quantity.BITS_OF_LAST_STEPS, metrics.bitsOfLastSteps(), at + "/bits_of_last_steps"),
            line(Quantity.SLOW_BITS_PER_DIM, metrics.slowBitsPerDim(), at + "/slow_bits_per_dim"),
            line(
                Quantity.KL_FROM_IMAGES,
                metrics.klFromImages() == null ? null : metrics.klFromImages().value(),
                at + "/kl_from_images/value"),
            line(Quantity.PRECISION, same.precision(), at + "/same_score/precision"),
            line(Quantity.RECALL, same.recall(), at + "/same_score/recall"),
            line(Quantity.DENSITY, same.density(), at + "/same_score/density"),
            line(Quantity.COVERAGE, same.coverage(), at + "/same_score/coverage"),
            line(Quantity.QUALITY, metrics.quality(), at + "/quality"),
            line(Quantity.HIGH_FREQUENCY, metrics.highFrequency(), at + "/high_frequency"),
            line(Quantity.DIVERSITY, metrics.diversity(), at + "/diversity"),
            line(Quantity.VENDI_SCORE, metrics.vendiScore(), at + "/vendi_score"),
            line(Quantity.SECONDS, cell.secondsPerImage(), cellAt + "/seconds_per_image"),
            line(
                Quantity.SECONDS_FINDING_BETA,
                cell.secondsFindingBeta(),
                cellAt + "/seconds_finding_beta"),
            line(
                Quantity.EFFECTIVE_PATHS,
                metrics.judged() == null ? null : metrics.judged().tiltEss(),
                at + "/judged/tilt_ess"))
        .filter(Objects::nonNull)
        .toList();
  }

  /** Null where there is no number. */
  private static Line line(Quantity quantity, Double value, String at) {
    return value == null ? null : Line.of(Reading.of(quantity, value, at));
  }

  /** Null where there is no number. */
  static Line line(Quantity quantity, Interval interval, String at) {
    if (interval == null) {
      return null;
    }
    return new Line(
        Reading.of(quantity, interval.value(), at + "/value"),
        Reading.of(quantity, interval.low(), at + "/low"),
        Reading.of(quantity, interval.high(), at + "/high"));
  }

  private EmbeddedPng png(String file) throws IOException {
    return EmbeddedPng.read(folder.resolve(file));
  }
}
