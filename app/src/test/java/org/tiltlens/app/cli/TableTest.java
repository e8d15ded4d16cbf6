package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  private static Table table() {
    Table table =
        new Table(
            "  ",
            List.of(
                Table.Column.first("image", 10),
                Table.Column.of("score", 8, 0),
                Table.Column.of("bits/dim", 12, 2),
                Table.Column.of("path KL", 12, 1)));
    table.row("a.png", "1.5", "2.25", "3.125");
    return table;
  }

  private static List<String> lines(int width) {
    return table().text(width).lines().toList();
  }

  @Test
  void withRoomColumnsAreAsWideAsDeclared() {
    assertThat(lines(Integer.MAX_VALUE))
        .containsExactly(
            "  image         score     bits/dim      path KL",
            "  a.png           1.5         2.25        3.125");
    assertThat(lines(47)).isEqualTo(lines(Integer.MAX_VALUE));
  }

  @Test
  void whatIsLongerThanDeclaredWidensItsColumnForAllRows() {
    Table table = table();
    table.row("a-much-longer-name.png", "1.5", "2.25", "3.125");
    List<String> lines = table.text(Integer.MAX_VALUE).lines().toList();
    assertThat(lines).allMatch(line -> line.length() == lines.get(0).length());
  }

  @Test
  void withLessTheyAreAsNarrowAsWhatIsInThem() {
    assertThat(lines(46))
        .containsExactly("  image score bits/dim path KL", "  a.png   1.5     2.25   3.125");
    assertThat(lines(30)).isEqualTo(lines(46));
  }

  @Test
  void thenTheyAreLeftOutInTheirOrderAndNamed() {
    assertThat(lines(29))
        .containsExactly(
            "  image score bits/dim",
            "  a.png   1.5     2.25",
            "  not shown here: path KL; widen the terminal, or see --json");
    assertThat(lines(21).get(0)).isEqualTo("  image score");
    assertThat(lines(21).get(2)).contains("not shown here: bits/dim, path KL;");
  }

  @Test
  void whatMustStayStays() {
    assertThat(lines(3).get(0)).isEqualTo("  image score");
  }

  @Test
  void aRowHasAllItsCells() {
    assertThatThrownBy(() -> table().row("a", "b")).hasMessageContaining("2 cells in a table of 4");
  }

  /** What the launcher says is what is taken. */
  @Test
  void theTerminalsWidthIsAProperty() {
    String before = System.getProperty(Table.WIDTH);
    try {
      System.setProperty(Table.WIDTH, "29");
      assertThat(table().text()).isEqualTo(table().text(29));
    } finally {
      if (before == null) {
        System.clearProperty(Table.WIDTH);
      } else {
        System.setProperty(Table.WIDTH, before);
      }
    }
  }
}
