package org.tiltlens.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;

/** The rows of a table as text, in which every digit of a number stands. */
final class RowsOf {
  private RowsOf() {}

  static List<String> table(Path file) throws IOException {
    try (FeatureTable table = FeatureTable.open(file)) {
      return table.features(FeatureTable.Sort.INDEX, Integer.MAX_VALUE).stream()
          .map(RowsOf::row)
          .toList();
    }
  }

  private static String row(FeatureStatistics row) {
    return String.join(
        " ",
        Integer.toString(row.feature()),
        Double.toString(row.frequency()),
        Double.toString(row.positionFrequency()),
        Double.toString(row.mean()),
        Double.toString(row.deviation()),
        Double.toString(row.min()),
        Double.toString(row.max()),
        row.percentiles().toString(),
        row.top().toString(),
        java.util.Arrays.toString(row.sample().scores()),
        java.util.Arrays.toString(row.sample().counts()));
  }
}
