package org.tiltlens.app.cli;

import java.util.Locale;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Particles;

/** What is known of a tilt, with standard errors, as lines under a table. */
final class EstimateLines {
  private EstimateLines() {}

  /** Nothing if it is not known. */
  static String of(String name, Estimated estimate) {
    return estimate == null
        ? ""
        : line(
            "  %-24s %10s +- %s  (%s)",
            name, number(estimate.value()), number(estimate.standardError()), estimate.estimator());
  }

  /** Nothing if there were none. */
  static String of(Particles particles) {
    return particles == null
        ? ""
        : line(
            "  %-24s %10s  (%d families of particles are left)",
            "ESS", number(particles.ess()), particles.families());
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values) + '\n';
  }
}
