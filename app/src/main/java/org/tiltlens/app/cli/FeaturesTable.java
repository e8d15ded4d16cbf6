package org.tiltlens.app.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.app.cli.Table.Column;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;

/** A harvest's features as a table. */
final class FeaturesTable {
  private static final int NAMED = 3;

  private static final List<Column> COLUMNS =
      List.of(
          Column.of("feature", 7, 0),
          Column.of("images %", 9, 0),
          Column.of("places %", 9, 1),
          Column.of("mean", 9, 2),
          Column.of("p50", 9, 3),
          Column.of("p90", 9, 4),
          Column.of("p99", 9, 6),
          Column.of("max", 9, 0),
          new Column(" top images", 11, true, 5));

  private FeaturesTable() {}

  /**
   * The table.
   *
   * @param order of the features; without one each is followed by all of its top images
   */
  static String of(
      HarvestInfo info,
      List<FeatureStatistics> features,
      ImageNamesOf names,
      Optional<FeatureTable.Sort> order) {
    StringBuilder text = new StringBuilder();
    if (order.isEmpty()) {
      features.forEach(feature -> whole(text, feature, names));
    } else {
      Table table = new Table("", COLUMNS);
      features.forEach(feature -> table.row(cells(feature, topImages(feature, names))));
      text.append(table.text());
    }
    line(
        text,
        "%,d of %,d features%s on %,d images: %s",
        features.size(),
        info.features(),
        order.map(sort -> ", --sort " + sort.name().toLowerCase(Locale.ROOT) + ",").orElse(""),
        info.images(),
        info.score());
    line(
        text,
        "images %%, places %%: share of the images, of all their positions, where it is active;"
            + " mean to max: of its scores, before the activation function");
    return text.toString();
  }

  private static void whole(StringBuilder text, FeatureStatistics feature, ImageNamesOf names) {
    Table table = new Table("", COLUMNS.subList(0, COLUMNS.size() - 1));
    List<String> cells = cells(feature, "");
    table.row(cells.subList(0, cells.size() - 1));
    text.append(table.text());
    feature.top().forEach(top -> line(text, "%9.4f  %s", top.score(), names.whole(top.image())));
  }

  private static List<String> cells(FeatureStatistics feature, String top) {
    Map<String, Double> percentiles = feature.percentilesByName();
    return List.of(
        Integer.toString(feature.feature()),
        number("%.3f", 100 * feature.frequency()),
        number("%.3f", 100 * feature.positionFrequency()),
        number("%.4f", feature.mean()),
        number("%.4f", percentiles.get("p50")),
        number("%.4f", percentiles.get("p90")),
        number("%.4f", percentiles.get("p99")),
        number("%.4f", feature.max()),
        " " + top);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String topImages(FeatureStatistics feature, ImageNamesOf names) {
    return String.join(
        " ", feature.top().stream().limit(NAMED).map(top -> names.of(top.image())).toList());
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
