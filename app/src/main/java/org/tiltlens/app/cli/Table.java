package org.tiltlens.app.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows under their heads, as wide as a terminal: where all columns do not fit, they first become as
 * narrow as what is in them; then they are left out, in the order that is declared, and named below
 * the table.
 */
final class Table {
  /** What the launcher found the terminal to be; absent where standard output is none. */
  static final String WIDTH = "tiltlens.columns";

  /**
   * A column.
   *
   * @param head its name
   * @param width characters where there is room, more for what is longer
   * @param left whether it is aligned to the left
   * @param goes when it is left out: 1 first; 0 never
   */
  record Column(String head, int width, boolean left, int goes) {
    /** One that stays, aligned to the left. */
    static Column first(String head, int width) {
      return new Column(head, width, true, 0);
    }

    /** Numbers, aligned to the right. */
    static Column of(String head, int width, int goes) {
      return new Column(head, width, false, goes);
    }

    private String pad(String text, int to) {
      return String.format(Locale.ROOT, "%" + (left ? "-" : "") + Math.max(1, to) + "s", text);
    }
  }

  private final String indent;
  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * A table without rows.
   *
   * @param indent what each line begins with
   */
  Table(String indent, List<Column> columns) {
    this.indent = indent;
    this.columns = List.copyOf(columns);
    rows.add(columns.stream().map(Column::head).toList());
  }

  /** Adds a row of as many cells as there are columns. */
  void row(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          cells.size() + " cells in a table of " + columns.size() + " columns: " + cells);
    }
    rows.add(List.copyOf(cells));
  }

  /** The same. */
  void row(String... cells) {
    row(List.of(cells));
  }

  /** The lines, each with its end, for the terminal that standard output is. */
  String text() {
    return text(Integer.getInteger(WIDTH, Integer.MAX_VALUE));
  }

  /**
   * The same for a terminal.
   *
   * @param most characters in a line
   */
  String text(int most) {
    List<Integer> shown = IntStream.range(0, columns.size()).boxed().toList();
    boolean squeezed = length(shown, false) > most;
    while (squeezed && length(shown, true) > most) {
      List<Integer> now = shown;
      int next =
          now.stream()
              .filter(k -> columns.get(k).goes() > 0)
              .min(Comparator.comparingInt(k -> columns.get(k).goes()))
              .orElse(-1);
      if (next < 0) {
        break;
      }
      shown = now.stream().filter(k -> k != next).toList();
    }
    List<Integer> kept = shown;
    String lines =
        rows.stream().map(row -> line(row, kept, squeezed)).collect(Collectors.joining());
    String gone =
        IntStream.range(0, columns.size())
            .filter(k -> !kept.contains(k))
            .mapToObj(k -> columns.get(k).head().strip())
            .collect(Collectors.joining(", "));
    return gone.isEmpty()
        ? lines
        : lines + indent + "not shown here: " + gone + "; widen the terminal, or see --json\n";
  }

  private int width(int column, boolean squeezed) {
    int longest = rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    return squeezed ? longest : Math.max(longest, columns.get(column).width());
  }

  private int length(List<Integer> shown, boolean squeezed) {
    return indent.length()
        + shown.stream().mapToInt(k -> width(k, squeezed)).sum()
        + Math.max(0, shown.size() - 1);
  }

  private String line(List<String> row, List<Integer> shown, boolean squeezed) {
    return shown.stream()
            .map(k -> columns.get(k).pad(row.get(k), width(k, squeezed)))
            .collect(Collectors.joining(" ", indent, ""))
            .stripTrailing()
        + "\n";
  }
}
