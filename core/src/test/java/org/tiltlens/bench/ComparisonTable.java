package org.tiltlens.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Comparisons as a table in Markdown. */
record ComparisonTable(List<Comparison> rows) {
  private static final String HEADER =
      """
      | size | what | images | Tiltlens | Python | ratio | over the rounds | largest difference |
      |---|---|---|---|---|---|---|---|
      """;

  @Override
  public String toString() {
    return HEADER + rows.stream().map(ComparisonTable::line).collect(Collectors.joining());
  }

  private static String line(Comparison row) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %s | %s | **%.2f** | %.2f .. %.2f | %.0e |\n",
        row.size(),
        row.way().isEmpty() ? row.what() : row.what() + ", Python: " + row.way(),
        row.images(),
        cell(row, row.tiltlensSeconds()),
        cell(row, row.pythonSeconds()),
        row.ratio(),
        row.lowest(),
        row.highest(),
        row.difference());
  }

  private static String cell(Comparison row, double seconds) {
    if (row.throughput()) {
      return digits(row.images() / seconds) + " images/s";
    }
    return seconds < 10 ? digits(seconds * 1000) + " ms" : digits(seconds) + " s";
  }

  /** Three of them, and all before the point. */
  private static String digits(double value) {
    int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
