package org.tiltlens.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.compare.CompareResult.Cell;
import org.tiltlens.compare.CompareResult.Judged;
import org.tiltlens.compare.CompareResult.Metrics;
import org.tiltlens.compare.CompareResult.Naturalness;
import org.tiltlens.metrics.Interval;
import org.tiltlens.tilting.Estimate;

/**
 * A comparison as comma-separated values (RFC 4180): a line per feature, method and seed, whose
 * columns are the same whatever was compared. What a failed method lacks or is not known is empty.
 */
final class CompareCsv {
  static final String FILE = "compare.csv";

  private static final String LINE_END = "\r\n";
  private static final Pattern NEEDS_QUOTES = Pattern.compile("[\",\r\n]");

  private record Column(String name, Function<Cell, Object> value) {}

  private final List<Column> columns = new ArrayList<>();

  private CompareCsv() {
    column("feature", Cell::feature);
    column("method", cell -> cell.method().key());
    column("seed", Cell::seed);
    column("failure", Cell::failure);
    column("setting", Cell::setting);
    column("seconds_per_image", Cell::secondsPerImage);
    column("seconds_finding_beta", Cell::secondsFindingBeta);
    column("images", cell -> cell.images().size());
    interval("mean_score", Metrics::meanScore);
    interval("own_score", Metrics::ownScore);
    metric("reached_percentile", Metrics::reachedPercentile);
    metric("active_share", Metrics::activeShare);
    metric("median_rank", Metrics::medianRank);
    interval("bits_per_dim", Metrics::bitsPerDim);
    interval("bits_of_last_steps", Metrics::bitsOfLastSteps);
    interval("slow_bits_per_dim", Metrics::slowBitsPerDim);
    interval("quality", Metrics::quality);
    interval("high_frequency", Metrics::highFrequency);
    metric("diversity", Metrics::diversity);
    metric("vendi_score", Metrics::vendiScore);
    column("independent_images", CompareCsv::units);
    metric("kl", metrics -> metrics.kl() == null ? null : kl(metrics.kl()));
    metric("kl_se", metrics -> metrics.kl() == null ? null : metrics.kl().standardError());
    metric("kl_meaning", metrics -> metrics.kl() == null ? null : metrics.kl().meaning());
    metric(
        "kl_from_images",
        metrics -> metrics.klFromImages() == null ? null : metrics.klFromImages().value());
    metric(
        "kl_from_images_se",
        metrics -> metrics.klFromImages() == null ? null : metrics.klFromImages().standardError());
    naturalness("same_score_", Metrics::sameScore);
    naturalness("whole_corpus_", Metrics::wholeCorpus);
    judged("tilt_beta", Judged::tiltBeta);
    judged("tilt_ess", Judged::tiltEss);
    judged("classes", of(Judged::classes, Interval::value));
    judged("classes_low", of(Judged::classes, Interval::low));
    judged("classes_high", of(Judged::classes, Interval::high));
    judged("classes_floor", Judged::classesFloor);
    judged("classes_floor_high", Judged::classesFloorHigh);
    judged("seen", of(Judged::seen, Estimate::value));
    judged("seen_se", of(Judged::seen, Estimate::standardError));
    judged("tilt_seen", of(Judged::tiltSeen, Estimate::value));
    judged("tilt_seen_se", of(Judged::tiltSeen, Estimate::standardError));
    judged("correlation", of(Judged::correlation, Estimate::value));
    judged("correlation_se", of(Judged::correlation, Estimate::standardError));
  }

  /** The lines, the first of them names. */
  static String of(CompareResult run) {
    CompareCsv table = new CompareCsv();
    StringBuilder text = new StringBuilder(table.line(Column::name));
    for (Cell cell : run.results()) {
      text.append(table.line(column -> column.value.apply(cell)));
    }
    return text.toString();
  }

  private void column(String name, Function<Cell, Object> value) {
    columns.add(new Column(name, value));
  }

  private void metric(String name, Function<Metrics, Object> value) {
    column(name, cell -> cell.metrics() == null ? null : value.apply(cell.metrics()));
  }

  /** A number, then the ends of its range. */
  private void interval(String name, Function<Metrics, Interval> interval) {
    metric(name, of(interval, Interval::value));
    metric(name + "_low", of(interval, Interval::low));
    metric(name + "_high", of(interval, Interval::high));
  }

  private static Object units(Cell cell) {
    return cell.images().stream().map(CompareResult.Image::unit).distinct().count();
  }

  private static Object kl(CompareResult.Divergence kl) {
    return kl.nats() == null ? "Infinity" : kl.nats();
  }

  private void naturalness(String prefix, Function<Metrics, Naturalness> against) {
    metric(prefix + "reference", against.andThen(Naturalness::reference));
    metric(prefix + "reference_mean_score", against.andThen(Naturalness::referenceMeanScore));
    interval(prefix + "frechet", against.andThen(Naturalness::frechet));
    interval(prefix + "kernel", against.andThen(Naturalness::kernel));
    metric(prefix + "precision", against.andThen(Naturalness::precision));
    metric(prefix + "recall", against.andThen(Naturalness::recall));
    metric(prefix + "density", against.andThen(Naturalness::density));
    metric(prefix + "coverage", against.andThen(Naturalness::coverage));
    metric(prefix + "neighbours", against.andThen(Naturalness::neighbours));
  }

  /** Empty where there is no judge. */
  private void judged(String name, Function<Judged, Object> value) {
    metric(
        "judged_" + name,
        metrics -> metrics.judged() == null ? null : value.apply(metrics.judged()));
  }

  /** A number of something that may be absent. */
  private static <S, T> Function<S, Object> of(Function<S, T> what, Function<T, Object> number) {
    return from -> what.apply(from) == null ? null : number.apply(what.apply(from));
  }

  private String line(Function<Column, Object> value) {
    return columns.stream()
        .map(column -> quoted(Objects.toString(value.apply(column), "")))
        .collect(Collectors.joining(",", "", LINE_END));
  }

  private static String quoted(String text) {
    return NEEDS_QUOTES.matcher(text).find() ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
