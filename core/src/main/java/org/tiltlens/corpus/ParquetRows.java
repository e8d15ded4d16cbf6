package org.tiltlens.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.tiltlens.parquet.Duck;

/**
 * The image files in a column of Parquet files, by row.
 *
 * <p>A row in the middle of a row group costs what is before it there. So whoever reads row after
 * row gets them from some that were read ahead, twice as many each time, up to bounds in rows and
 * bytes. Threads may share it, and each read on somewhere else.
 */
final class ParquetRows implements Closeable {
  private static final int MOST_ROWS = 64;

  /** Of what is read ahead; a last file may be beyond. */
  private static final long MOST_BYTES = 16 << 20;

  private static final int MOST_WINDOWS = 4;

  private final List<Path> files;
  private final String bytes;
  private final Deque<Window> windows = new ArrayDeque<>();
  private Connection connection;

  /**
   * What a row has.
   *
   * @param length of the file; negative for NULL
   * @param bytes the file; null if there is none or it is too large
   */
  private record Cell(long length, byte[] bytes) {}

  /**
   * Rows that were read at once.
   *
   * @param asked how many were asked for
   */
  private record Window(Path file, int from, int asked, List<Cell> cells) {
    boolean holds(Path path, int row) {
      return path.equals(file) && row >= from && row < from + cells.size();
    }

    boolean endsAt(Path path, int row) {
      return path.equals(file) && row == from + cells.size();
    }
  }

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
    Window window = window(file, row);
    Cell cell = window.cells.get(row - window.from);
    if (cell.length < 0) {
      throw new BrokenImageException(
          Skipped.MISSING, "is NULL: the table does not hold the file's bytes");
    }
    if (cell.bytes == null) {
      throw ImageDecoder.tooLarge();
    }
    return cell.bytes;
  }

  private Window window(Path file, int row) throws IOException {
    int rows = 1;
    for (Window window : windows) {
      if (window.holds(file, row)) {
        return window;
      }
      if (window.endsAt(file, row)) {
        rows = Math.min(2 * window.asked, MOST_ROWS);
      }
    }
    if (windows.size() == MOST_WINDOWS) {
      windows.removeLast();
    }
    Window fetched = fetch(file, row, rows);
    windows.addFirst(fetched);
    return fetched;
  }

  /** Some rows or, if one of them cannot be read, the first alone. */
  private Window fetch(Path file, int row, int rows) throws IOException {
    try {
      return new Window(file, row, rows, query(file, row, rows));
    } catch (SQLException e) {
      if (rows > 1) {
        return fetch(file, row, 1);
      }
      throw new BrokenImageException(Skipped.UNREADABLE, "cannot be read: " + Duck.said(e), e);
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

  @Override
  public synchronized void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
