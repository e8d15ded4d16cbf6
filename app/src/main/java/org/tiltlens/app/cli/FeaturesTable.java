package org.tiltlens.app.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.HarvestInfo;

/** A harvest's features as a table. */
final class FeaturesTable {
  private static final int NAMED = 3;

  private FeaturesTable() {}

  /**
   * The table.
   *
   * @param whole whether every top image of each feature gets a line of its own
   */
  static String of(
      HarvestInfo info, List<FeatureStatistics> features, ImageNamesOf names, boolean whole) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%7s %9s %9s %9s %9s %9s %9s %9s  %s",
        "feature",
        "images %",
        "places %",
        "mean",
        "p50",
        "p90",
        "p99",
        "max",
        whole ? "" : "top images");
    for (FeatureStatistics feature : features) {
      Map<String, Double> percentiles = feature.percentilesByName();
      line(
          text,
          "%7d %9.3f %9.3f %9.4f %9.4f %9.4f %9.4f %9.4f  %s",
          feature.feature(),
          100 * feature.frequency(),
          100 * feature.positionFrequency(),
          feature.mean(),
          percentiles.get("p50"),
          percentiles.get("p90"),
          percentiles.get("p99"),
          feature.max(),
          whole ? "" : topImages(feature, names));
      if (whole) {
        feature
            .top()
            .forEach(top -> line(text, "%9.4f  %s", top.score(), names.whole(top.image())));
      }
    }
    line(
        text,
        "%,d of %,d features on %,d images: %s",
        features.size(),
        info.features(),
        info.images(),
        info.score());
    line(
        text,
        "images %%, places %%: share of the images, of all their positions, where it is active;"
            + " mean to max: of its scores, before the activation function");
    return text.toString();
  }

  private static String topImages(FeatureStatistics feature, ImageNamesOf names) {
    return String.join(
        " ", feature.top().stream().limit(NAMED).map(top -> names.of(top.image())).toList());
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
