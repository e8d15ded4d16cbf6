package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.tiltlens.parquet.Duck;

/** Writes a table of features: one row each, Parquet, whole or not at all. */
final class FeatureTableWriter implements AutoCloseable {
  /** The numbers, the percentiles and the lists. */
  private static final int COLUMNS = 7 + FeatureStatistics.PERCENTILES.size() + 6;

  private final Connection connection;
  private final DuckDBAppender appender;

  FeatureTableWriter() throws SQLException {
    connection = Duck.open();
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE features (" + columns() + ")");
    }
    appender =
        connection
            .unwrap(DuckDBConnection.class)
            .createAppender(DuckDBConnection.DEFAULT_SCHEMA, "features");
  }

  private static String columns() {
    return "feature INTEGER, frequency DOUBLE, position_frequency DOUBLE, mean DOUBLE,"
        + " deviation DOUBLE, min DOUBLE, max DOUBLE, "
        + FeatureStatistics.percentileNames().stream()
            .map(name -> name + " DOUBLE")
            .collect(Collectors.joining(", "))
        + ", top_image INTEGER[], top_score FLOAT[], top_row INTEGER[], top_column INTEGER[],"
        + " sample_score FLOAT[], sample_count INTEGER[]";
  }

  void add(FeatureStatistics row) throws SQLException {
    appender.beginRow();
    appender.append(row.feature());
    appender.append(row.frequency());
    appender.append(row.positionFrequency());
    appender.append(row.mean());
    appender.append(row.deviation());
    appender.append(row.min());
    appender.append(row.max());
    for (double percentile : row.percentiles()) {
      appender.append(percentile);
    }
    appender.append(ints(row, FeatureStatistics.TopImage::image));
    appender.append(
        floats(row.top().stream().mapToDouble(FeatureStatistics.TopImage::score).toArray()));
    appender.append(ints(row, FeatureStatistics.TopImage::row));
    appender.append(ints(row, FeatureStatistics.TopImage::column));
    appender.append(floats(row.sample().scores()));
    appender.append(row.sample().counts());
    appender.endRow();
  }

  /** Adds a feature that has no statistics: every column but the first is NULL. */
  void addUnknown(int feature) throws SQLException {
    appender.beginRow();
    appender.append(feature);
    for (int column = 1; column < COLUMNS; column++) {
      appender.appendNull();
    }
    appender.endRow();
  }

  private static int[] ints(
      FeatureStatistics row, ToIntFunction<FeatureStatistics.TopImage> value) {
    return row.top().stream().mapToInt(value).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Writes all rows to a file, by feature. */
  void writeTo(Path file, Map<String, String> metadata) throws SQLException, IOException {
    appender.flush();
    Path folder = file.toAbsolutePath().getParent();
    Path temporary = Files.createTempFile(folder, file.getFileName().toString(), ".tmp");
    String pairs =
        metadata.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + Duck.quoted(entry.getValue()))
            .collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY (FROM features ORDER BY feature) TO "
              + Duck.quoted(temporary.toString())
              + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048, KV_METADATA {"
              + pairs
              + "})");
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public void close() throws SQLException {
    try (connection) {
      appender.close();
    }
  }
}
