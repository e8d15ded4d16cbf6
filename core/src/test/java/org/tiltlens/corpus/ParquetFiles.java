package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.parquet.Duck;

/** Small Parquet files of images. */
public final class ParquetFiles {
  private ParquetFiles() {}

  /** Writes rows of SQL under a header such as {@code image, label}. */
  public static Path write(Path file, String columns, String... rows) {
    return writeWith("ROW_GROUP_SIZE 2048", file, columns, rows);
  }

  static Path writeWith(String options, Path file, String columns, String... rows) {
    String values = Stream.of(rows).map(row -> "(" + row + ")").collect(Collectors.joining(", "));
    try (Connection connection = Duck.open();
        Statement statement = connection.createStatement()) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      statement.execute(
          "COPY (FROM (VALUES %s) AS t(%s)) TO %s (FORMAT parquet, %s)"
              .formatted(values, columns, Duck.quoted(file.toString()), options));
      return file;
    } catch (SQLException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file's bytes as SQL. */
  public static String blob(byte[] bytes) {
    return "unhex('" + HexFormat.of().formatHex(bytes) + "')";
  }

  /** An image as Hugging Face stores it. */
  public static String struct(byte[] bytes) {
    return "{'bytes': " + blob(bytes) + ", 'path': 'somewhere.png'}";
  }
}
