package org.tiltlens.corpus;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.parquet.Duck;

/**
 * A column of a Parquet file that holds image files.
 *
 * @param name what it is called
 * @param bytes how SQL names the files' bytes in it
 */
record ImageColumn(String name, String bytes) {
  /** Hugging Face's images: the bytes and, beside them, a path. */
  private static final Pattern STRUCT =
      Pattern.compile("STRUCT\\((\\w+ \\w+, )*bytes BLOB(, \\w+ \\w+)*\\)");

  private static final Set<String> USUAL = Set.of("image", "img");

  /** All that a file has: those with paths beside the bytes or, where there are none, any bytes. */
  static List<ImageColumn> of(Connection connection, Path file) throws SQLException {
    List<ImageColumn> structs = new ArrayList<>();
    List<ImageColumn> blobs = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet columns =
            statement.executeQuery("DESCRIBE SELECT * FROM " + ParquetRows.table(file))) {
      while (columns.next()) {
        String name = columns.getString("column_name");
        String type = columns.getString("column_type");
        if (STRUCT.matcher(type).matches()) {
          structs.add(new ImageColumn(name, Duck.column(name) + ".bytes"));
        } else if (type.equals("BLOB")) {
          blobs.add(new ImageColumn(name, Duck.column(name)));
        }
      }
    }
    return structs.isEmpty() ? blobs : structs;
  }

  /**
   * The column that is meant; empty if there is none.
   *
   * @param wanted its name; null for the only one, or the one that is called {@code image}
   * @param at what the columns belong to, for messages
   * @throws IllegalArgumentException if that is several, or does not exist
   */
  static Optional<ImageColumn> choose(List<ImageColumn> columns, String wanted, Path at) {
    if (columns.isEmpty() || columns.size() == 1 && wanted == null) {
      return columns.stream().findFirst();
    }
    List<ImageColumn> meant =
        columns.stream()
            .filter(
                column -> wanted == null ? USUAL.contains(column.name) : column.name.equals(wanted))
            .toList();
    if (meant.size() == 1) {
      return Optional.of(meant.get(0));
    }
    String names = columns.stream().map(ImageColumn::name).collect(Collectors.joining(", "));
    String what =
        wanted == null
            ? "has several columns of images, %s: name one, such as '%s/%s'"
                .formatted(names, at, columns.get(0).name)
            : "has no column '%s' of images: it has %s".formatted(wanted, names);
    throw new IllegalArgumentException(Duck.line("'" + at + "' " + what));
  }
}
