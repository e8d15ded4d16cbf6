package org.tiltlens.app.cli;

import java.util.List;
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
            "  %-24s %10s%s  (%s)",
            name,
            number(estimate.value()),
            estimate.standardError() == null ? "" : " +- " + number(estimate.standardError()),
            estimate.estimator());
  }

  /** Nothing if there were none. */
  static String of(Particles particles) {
    if (particles == null) {
      return "";
    }
    StringBuilder text =
        new StringBuilder(
            line(
                "  %-24s %10s  (%d families of particles are left)",
                "ESS", number(particles.ess()), particles.families()));
    List<Particles.Cloud> clouds = particles.clouds();
    for (int i = 0; i < clouds.size() && clouds.size() > 1; i++) {
      Particles.Cloud cloud = clouds.get(i);
      text.append(
          line(
              "  %-24s %10s  (log Z %s, mean score %s, %d families)",
              String.format(Locale.ROOT, "cloud %d of %d", i + 1, clouds.size()),
              String.format(Locale.ROOT, "%.0f %%", 100 * cloud.share()),
              number(cloud.logZ()),
              number(cloud.meanScore()),
              cloud.families()));
    }
    return particles.doubt() == null ? text.toString() : text + line("%s", particles.doubt());
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values) + '\n';
  }
}
