package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.tiltlens.study.Estimated;
import org.tiltlens.study.Estimates;
import org.tiltlens.study.StudyResult;

/** A result as people read it in a terminal. */
final class ResultTable {
  private ResultTable() {}

  private static final String ROW = "  %-24s %10s %12s %10s %10s %10s";

  static String of(StudyResult result, Path folder) {
    StringBuilder text = new StringBuilder();
    for (StudyResult.UnitResult unit : result.results()) {
      line(text, "%s, %s guidance, %s", unit.unit(), unit.guidance(), strength(unit));
      line(text, ROW, "image", "score", "after top-k", "percentile", "bits/dim", "path KL");
      for (StudyResult.ImageResult image : unit.images()) {
        line(
            text,
            ROW,
            image.file(),
            number(image.score()),
            number(image.scoreAfterTopk()),
            percentile(image.percentile()),
            number(image.bitsPerDim()),
            number(image.pathKl()));
      }
      line(
          text,
          ROW,
          "mean",
          number(unit.meanScore()),
          "",
          percentile(unit.reachedPercentile()),
          number(unit.meanBitsPerDim()),
          number(unit.pathKl()));
      tilt(text, unit);
    }
    line(text, "%s  (%.1f s)", folder.resolve("run.json"), result.seconds());
    return text.toString().stripTrailing();
  }

  /** What is known of q_beta, with standard errors. */
  private static void tilt(StringBuilder text, StudyResult.UnitResult unit) {
    Estimates known = unit.estimates();
    estimate(text, "log Z", known.logZ());
    estimate(text, "KL(q_beta || p)", known.kl());
    estimate(text, "KL(q || q_beta) <=", known.certificate());
    if (unit.particles() != null) {
      line(
          text,
          "  %-24s %10s  (%d families of particles are left)",
          "ESS",
          number(unit.particles().ess()),
          unit.particles().families());
    }
  }

  private static void estimate(StringBuilder text, String name, Estimated estimate) {
    if (estimate != null) {
      line(
          text,
          "  %-24s %10s +- %s  (%s)",
          name,
          number(estimate.value()),
          number(estimate.standardError()),
          estimate.estimator());
    }
  }

  private static String strength(StudyResult.UnitResult unit) {
    if (unit.beta() == null) {
      return "scale " + unit.scale();
    }
    return unit.target() == null
        ? "beta " + unit.beta()
        : String.format(
            Locale.ROOT,
            "beta %.4f for a mean score of %.4f, percentile %.4g of the corpus",
            unit.beta(),
            unit.target().activation(),
            unit.target().percentile());
  }

  private static String percentile(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
