package org.tiltlens.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tiltlens.parquet.Duck;

/**
 * The image files in a column of Parquet files, by row.
 *
 * <p>A row in the middle of a row group costs what is before it there. So whoever reads row after
 * row gets them from some that were read ahead: twice as many each time, up to bounds in rows and
 * bytes. Threads may share it.
 */
final class ParquetRows implements Closeable {
  private static final int MOST_ROWS = 64;
  private static final long MOST_BYTES = ImageDecoder.MAX_FILE_BYTES;

  private final List<Path> files;
  private final String bytes;
  private Connection connection;
  private Path at;
  private int from;
  private List<Cell> ahead = List.of();
  private int rows = 1;

  /**
   * What a row has.
   *
   * @param length of the file; negative for NULL
   * @param bytes the file; null if there is none or it is too large
   */
  private record Cell(long length, byte[] bytes) {}

  /**
   * @param bytes how SQL names the files' bytes
   */
  ParquetRows(List<Path> files, String bytes) throws SQLException {
    this.files = files;
    this.bytes = bytes;
    connection = Duck.reading(files);
  }

  /** A file as SQL names it; what its folders are called makes no columns. */
  static String table(Path file) {
    return "read_parquet("
        + Duck.file(file)
        + ", hive_partitioning = false, file_row_number = true)";
  }

  /**
   * The image file in a row.
   *
   * @throws BrokenImageException if there is none, or it is too large or cannot be read
   */
  synchronized byte[] read(Path file, int row) throws IOException {
    if (!file.equals(at) || row < from || row >= from + ahead.size()) {
      boolean next = file.equals(at) && row == from + ahead.size();
      rows = next ? Math.min(2 * rows, MOST_ROWS) : 1;
      ahead = fetch(file, row);
      at = file;
      from = row;
    }
    Cell cell = ahead.get(row - from);
    if (cell.length < 0) {
      throw new BrokenImageException(
          Skipped.MISSING, "is NULL: the table does not hold the file's bytes");
    }
    if (cell.bytes == null) {
      throw ImageDecoder.tooLarge();
    }
    return cell.bytes;
  }

  private List<Cell> fetch(Path file, int row) throws IOException {
    ahead = List.of();
    at = null;
    try {
      return query(file, row, rows);
    } catch (SQLException e) {
      if (rows == 1) {
        throw unreadable(e);
      }
    }
    rows = 1;
    try {
      return query(file, row, 1);
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }

  private List<Cell> query(Path file, int row, int count) throws SQLException {
    List<Cell> cells = new ArrayList<>();
    long taken = 0;
    if (connection.isClosed()) {
      connection = Duck.reading(files);
    }
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql(file, row, count))) {
      while (found.next() && (taken < MOST_BYTES || cells.isEmpty())) {
        long length = found.getLong(1);
        boolean none = found.wasNull();
        byte[] image = found.getBytes(2);
        taken += image == null ? 0 : image.length;
        cells.add(new Cell(none ? -1 : length, image));
      }
    } catch (SQLException e) {
      // After some errors a database answers nothing any more.
      connection.close();
      throw e;
    }
    if (cells.isEmpty()) {
      throw new SQLException("Error: the file ends before row " + row);
    }
    return cells;
  }

  private String sql(Path file, int row, int count) {
    return String.format(
        Locale.ROOT,
        "SELECT octet_length(%1$s), CASE WHEN octet_length(%1$s) <= %2$d THEN %1$s END FROM %3$s"
            + " WHERE file_row_number BETWEEN %4$d AND %5$d ORDER BY file_row_number",
        bytes,
        ImageDecoder.MAX_FILE_BYTES,
        table(file),
        row,
        row + count - 1L);
  }

  private static BrokenImageException unreadable(SQLException e) {
    return new BrokenImageException(Skipped.UNREADABLE, "cannot be read: " + Duck.said(e), e);
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
