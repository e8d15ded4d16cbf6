package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.parquet.Duck;
import org.tiltlens.tilting.ScoreSample;

/**
 * A harvested table of features, read from its Parquet file row by row as asked.
 *
 * <p>Columns: {@code feature, frequency, position_frequency, mean, deviation, min, max}, the
 * percentiles {@code p1 .. p99_9}, and the lists {@code top_image, top_score, top_row, top_column},
 * {@code sample_score, sample_count}. Any Parquet reader can use the file. A feature that was NaN
 * or infinite anywhere has NULL in all but the first.
 */
public final class FeatureTable implements AutoCloseable {
  /** What features with statistics have. */
  private static final String KNOWN = "WHERE frequency IS NOT NULL";

  private final Path file;
  private final Connection connection;
  private final HarvestInfo info;

  /** What features are sorted by. */
  public enum Sort {
    /**
     * Live ones first, active on 0.5 % to 50 % of the images; of these those whose 99.5th
     * percentile stands highest above the median, in standard deviations.
     */
    SELECTIVE(
        "frequency BETWEEN 0.005 AND 0.5 DESC,"
            + " CASE WHEN deviation > 0 THEN (p99_5 - p50) / deviation ELSE 0 END DESC, feature"),
    /** Most often active first. */
    FREQUENCY("frequency DESC, feature"),
    /** Highest score first. */
    MAX("max DESC, feature"),
    /** By index. */
    INDEX("feature");

    private final String sql;

    Sort(String sql) {
      this.sql = sql;
    }
  }

  private FeatureTable(Path file, Connection connection) throws SQLException {
    this.file = file;
    this.connection = connection;
    info = HarvestInfo.of(metadata());
  }

  /**
   * Opens a file that a harvest wrote.
   *
   * @throws NoSuchFileException if there is none
   * @throws IllegalArgumentException if it is no such table
   */
  public static FeatureTable open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      if (Files.exists(file)) {
        // A pipe would be waited for, and some devices have no end.
        throw new IllegalArgumentException(
            "'" + file + "' is no table of features, but a folder, pipe or device");
      }
      throw new NoSuchFileException(file.toString());
    }
    try {
      Connection connection = Duck.open();
      try {
        return new FeatureTable(file, connection);
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException | IllegalArgumentException e) {
      throw notOne(file, e);
    }
  }

  private static IllegalArgumentException notOne(Path file, Exception cause) {
    return new IllegalArgumentException(
        "'" + file + "' is no table of features: " + cause.getMessage(), cause);
  }

  private Map<String, String> metadata() throws SQLException {
    Map<String, String> metadata = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT key, value FROM parquet_kv_metadata(" + quotedFile() + ")")) {
      while (rows.next()) {
        metadata.put(text(rows.getBlob("key")), text(rows.getBlob("value")));
      }
    }
    return metadata;
  }

  private static String text(Blob blob) throws SQLException {
    return new String(blob.getBytes(1, (int) blob.length()), StandardCharsets.UTF_8);
  }

  private String quotedFile() {
    return Duck.file(file);
  }

  /** What it was harvested from. */
  public HarvestInfo info() {
    return info;
  }

  /**
   * Shares of the images on which a feature is active, ends included.
   *
   * @param least in [0, most]
   * @param most in [least, 1]
   */
  public record Frequencies(double least, double most) {
    /** All features, dead ones too. */
    public static final Frequencies ALL = new Frequencies(0, 1);

    public Frequencies {
      if (!(least >= 0 && least <= most && most <= 1)) {
        throw new IllegalArgumentException(
            "frequencies from "
                + least
                + " to "
                + most
                + ": must be shares in 0..1, in this order");
      }
    }
  }

  /**
   * The first features in an order, of those that have statistics.
   *
   * @param limit how many at most, at least 1
   */
  public List<FeatureStatistics> features(Sort sort, int limit) {
    return features(sort, limit, Frequencies.ALL);
  }

  /**
   * The first features in an order, of those that are active on so many images.
   *
   * @param limit how many at most, at least 1
   */
  public List<FeatureStatistics> features(Sort sort, int limit, Frequencies active) {
    if (limit < 1) {
      throw new IllegalArgumentException("illegal limit: " + limit + ", must be at least 1");
    }
    return query(
        "%s AND frequency BETWEEN %s AND %s ORDER BY %s LIMIT %d"
            .formatted(KNOWN, active.least, active.most, sort.sql, limit));
  }

  /**
   * One feature.
   *
   * @throws IllegalArgumentException if the table does not have it, or no statistics of it
   */
  public FeatureStatistics feature(int feature) {
    return find(feature)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "feature "
                        + feature
                        + " has no statistics in '"
                        + file
                        + "', as it is not finite on every image: choose another, or check the"
                        + " dictionary's weights"));
  }

  /**
   * One feature; empty if the table has no statistics of it.
   *
   * @throws IllegalArgumentException if the table does not have it
   */
  public Optional<FeatureStatistics> find(int feature) {
    List<FeatureStatistics> found = query(KNOWN + " AND feature = " + feature);
    if (found.isEmpty() && !unknown().contains(feature)) {
      throw new IllegalArgumentException(
          "feature "
              + feature
              + " does not exist: '"
              + file
              + "' has features 0.."
              + (info.features() - 1));
    }
    return found.stream().findFirst();
  }

  /**
   * All features that have statistics, in an order, without what takes time to read.
   *
   * @see #features(Sort, int)
   */
  public List<FeatureSummary> summaries(Sort sort) {
    List<FeatureSummary> features = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT feature, frequency, mean, deviation, p99, max, top_image FROM read_parquet("
                    + quotedFile()
                    + ") "
                    + KNOWN
                    + " ORDER BY "
                    + sort.sql)) {
      while (rows.next()) {
        features.add(
            new FeatureSummary(
                rows.getInt("feature"),
                rows.getDouble("frequency"),
                rows.getDouble("mean"),
                rows.getDouble("deviation"),
                rows.getDouble("p99"),
                rows.getDouble("max"),
                Arrays.stream(numbers(rows, "top_image")).mapToObj(image -> (int) image).toList()));
      }
    } catch (SQLException | IllegalArgumentException e) {
      throw notOne(file, e);
    }
    return features;
  }

  /** Indices of all features that have statistics, in an order. */
  public int[] order(Sort sort) {
    return indices(KNOWN + " ORDER BY " + sort.sql).stream().mapToInt(i -> i).toArray();
  }

  /** Features without statistics, as they were NaN or infinite somewhere; ascending. */
  public List<Integer> unknown() {
    return indices("WHERE frequency IS NULL ORDER BY feature");
  }

  private List<Integer> indices(String which) {
    List<Integer> features = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT feature FROM read_parquet(" + quotedFile() + ") " + which)) {
      while (rows.next()) {
        features.add(rows.getInt("feature"));
      }
    } catch (SQLException e) {
      throw notOne(file, e);
    }
    return features;
  }

  private List<FeatureStatistics> query(String which) {
    List<FeatureStatistics> features = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("FROM read_parquet(" + quotedFile() + ") " + which)) {
      while (rows.next()) {
        features.add(statistics(rows));
      }
    } catch (SQLException | IllegalArgumentException e) {
      throw notOne(file, e);
    }
    return features;
  }

  private static FeatureStatistics statistics(ResultSet row) throws SQLException {
    List<Double> percentiles = new ArrayList<>();
    for (String column : FeatureStatistics.percentileNames()) {
      percentiles.add(row.getDouble(column));
    }
    double[] counts = numbers(row, "sample_count");
    int[] images = new int[counts.length];
    for (int i = 0; i < counts.length; i++) {
      images[i] = (int) counts[i];
    }
    return new FeatureStatistics(
        row.getInt("feature"),
        row.getDouble("frequency"),
        row.getDouble("position_frequency"),
        row.getDouble("mean"),
        row.getDouble("deviation"),
        row.getDouble("min"),
        row.getDouble("max"),
        percentiles,
        top(row),
        ScoreSample.of(numbers(row, "sample_score"), images));
  }

  private static List<FeatureStatistics.TopImage> top(ResultSet row) throws SQLException {
    double[] image = numbers(row, "top_image");
    double[] score = numbers(row, "top_score");
    double[] y = numbers(row, "top_row");
    double[] x = numbers(row, "top_column");
    if (score.length != image.length || y.length != image.length || x.length != image.length) {
      throw new IllegalArgumentException("its top_ lists differ in length");
    }
    List<FeatureStatistics.TopImage> top = new ArrayList<>();
    for (int i = 0; i < image.length; i++) {
      top.add(new FeatureStatistics.TopImage((int) image[i], score[i], (int) y[i], (int) x[i]));
    }
    return top;
  }

  private static double[] numbers(ResultSet row, String column) throws SQLException {
    Object[] values = (Object[]) row.getArray(column).getArray();
    double[] numbers = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] instanceof Number number)) {
        throw new IllegalArgumentException("its column " + column + " holds " + values[i]);
      }
      numbers[i] = number.doubleValue();
    }
    return numbers;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("cannot close " + file, e);
    }
  }
}
