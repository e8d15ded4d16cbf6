package org.tiltlens.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tiltlens.parquet.Duck;

/**
 * The images in a column of one or more Parquet files, as Hugging Face stores data sets, read in
 * place: the files by name, their rows in order, each called {@code
 * data/train-00000-of-00004.parquet#17}.
 */
final class ParquetImages implements ImageSource {
  private final List<Shard> shards;

  private final Concatenation whole;
  private final List<Skipped.Entry> unlisted;
  private final ParquetRows rows;

  private record Shard(String name, Path file, ImageColumn column, long rows) {}

  private ParquetImages(List<Shard> shards, List<Skipped.Entry> unlisted) throws SQLException {
    this.shards = List.copyOf(shards);
    this.unlisted = List.copyOf(unlisted);
    whole = new Concatenation(sizes(shards));
    rows =
        new ParquetRows(shards.stream().map(Shard::file).toList(), shards.get(0).column().bytes());
  }

  /**
   * Opens one file.
   *
   * @param column the name of its column; null for the only one, or the one called {@code image}
   * @throws IllegalArgumentException if it is damaged, has no images, or which is not clear
   */
  static ParquetImages open(Path file, String column) {
    SortedMap<String, Path> files = new TreeMap<>(Map.of(file.getFileName().toString(), file));
    return open(files, column, List.of())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'%s' is a Parquet file without a column of images, which is no corpus: expected"
                            .formatted(file)
                        + " files' bytes in a BLOB, or in a STRUCT of bytes and path"));
  }

  /**
   * Opens the files of a folder; those without a column of images are none of its.
   *
   * @param files by name
   * @param column as of one file
   * @param unlisted what else was found there
   * @return empty if none of the files has a column of images
   * @throws IllegalArgumentException if a file is damaged, or which column is not clear
   */
  static Optional<ParquetImages> open(
      SortedMap<String, Path> files, String column, List<Skipped.Entry> unlisted) {
    List<Shard> shards = new ArrayList<>();
    try (Connection connection = Duck.reading(files.values())) {
      for (Map.Entry<String, Path> file : files.entrySet()) {
        Path at = files.size() == 1 ? file.getValue() : file.getValue().getParent();
        shard(connection, file.getKey(), file.getValue(), column, at).ifPresent(shards::add);
      }
      requireOneColumn(shards);
      return shards.isEmpty() ? Optional.empty() : Optional.of(new ParquetImages(shards, unlisted));
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB does not start: " + Duck.said(e), e);
    }
  }

  /** Names of those files that hold images; what cannot be read holds none. */
  static List<String> holding(SortedMap<String, Path> files) {
    List<String> holding = new ArrayList<>();
    if (files.isEmpty()) {
      return holding;
    }
    try (Connection connection = Duck.reading(files.values())) {
      for (Map.Entry<String, Path> file : files.entrySet()) {
        if (holds(connection, file.getValue())) {
          holding.add(file.getKey());
        }
      }
      return holding;
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB does not start: " + Duck.said(e), e);
    }
  }

  private static boolean holds(Connection connection, Path file) {
    try {
      return !ImageColumn.of(connection, file).isEmpty();
    } catch (SQLException e) {
      return false;
    }
  }

  private static Optional<Shard> shard(
      Connection connection, String name, Path file, String wanted, Path at) {
    try {
      Optional<ImageColumn> column =
          ImageColumn.choose(ImageColumn.of(connection, file), wanted, at);
      return column.isEmpty()
          ? Optional.empty()
          : Optional.of(new Shard(name, file, column.get(), rows(connection, file)));
    } catch (SQLException e) {
      throw new IllegalArgumentException(
          "'" + file + "' is no intact Parquet file: " + Duck.said(e), e);
    }
  }

  private static void requireOneColumn(List<Shard> shards) {
    for (Shard shard : shards) {
      Shard first = shards.get(0);
      if (!shard.column().equals(first.column())) {
        throw new IllegalArgumentException(
            Duck.line(
                "the images are in column '%s' of '%s', but in '%s' of '%s': give one by one"
                    .formatted(
                        first.column().name(), first.file(), shard.column().name(), shard.file())));
      }
    }
  }

  private static long rows(Connection connection, Path file) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT num_rows FROM parquet_file_metadata(" + Duck.file(file) + ")")) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  private static int[] sizes(List<Shard> shards) {
    int[] sizes = new int[shards.size()];
    int before = 0;
    for (int i = 0; i < sizes.length; i++) {
      Shard shard = shards.get(i);
      if (shard.rows() < 0 || shard.rows() > Integer.MAX_VALUE - 1 - before) {
        throw new IllegalArgumentException(
            "'%s' states %d rows, more than are read with those before it"
                .formatted(shard.file(), shard.rows()));
      }
      sizes[i] = (int) shard.rows();
      before += sizes[i];
    }
    return sizes;
  }

  @Override
  public int size() {
    return whole.size();
  }

  @Override
  public String name(int index) {
    return shards.get(whole.part(index)).name() + "#" + whole.within(index);
  }

  @Override
  public List<Skipped.Entry> unlisted() {
    return unlisted;
  }

  @Override
  public List<Stored> stored() {
    return shards.stream().map(each -> new Stored(each.name, (int) each.rows)).toList();
  }

  @Override
  public Optional<KnownShards> known() {
    return Optional.of(KnownShards.of(this, shards.get(0).column().name()));
  }

  @Override
  public RawImage read(int index) throws IOException {
    return ImageDecoder.decode(new ByteArrayInputStream(bytes(index)));
  }

  /** An image as it lies in the file, before it is decoded. */
  byte[] bytes(int index) throws IOException {
    return rows.read(shards.get(whole.part(index)).file(), whole.within(index));
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
