package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tiltlens.parquet.Duck;
import org.tiltlens.run.SpecException;

/**
 * Notes on the features of a dictionary, in a DuckDB file; what was written is there after a crash.
 *
 * <p>Columns of its table {@code notes}: {@code dictionary, feature, label, note, version,
 * changed}. A note that was emptied keeps its row, which knows its version. One file may hold the
 * notes on several dictionaries.
 */
final class NoteStore implements AutoCloseable {
  private static final String COLUMNS = "feature, label, note, version, changed";

  private final Connection connection;
  private final String dictionary;

  private NoteStore(Connection connection, String dictionary) {
    this.connection = connection;
    this.dictionary = dictionary;
  }

  /**
   * Opens a file, or makes it.
   *
   * @param file which nothing else has open: the database would not notice in its own process
   * @param dictionary tells the dictionary apart from others
   * @throws SpecException if the file is damaged, or another process has it
   */
  static NoteStore open(Path file, String dictionary) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // The database would wait for a pipe.
      throw new SpecException(
          "the notes in '%s' are no file, but a folder, pipe or device: move it away, or give"
              + " another {folder}",
          file);
    }
    try {
      Connection connection = Duck.open();
      try (Statement statement = connection.createStatement()) {
        statement.execute("ATTACH " + Duck.quoted(file.toAbsolutePath().toString()) + " AS kept");
        statement.execute("USE kept");
        statement.execute(
            "CREATE TABLE IF NOT EXISTS notes (dictionary VARCHAR, feature INTEGER, label VARCHAR"
                + " NOT NULL, note VARCHAR NOT NULL, version BIGINT NOT NULL, changed VARCHAR NOT"
                + " NULL, PRIMARY KEY (dictionary, feature))");
        return new NoteStore(connection, dictionary);
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new SpecException(
          "the notes in '%s' cannot be opened (%s): move the file away, or give another {folder}",
          file, Duck.said(e));
    }
  }

  /** The note on a feature. */
  synchronized Note of(int feature) throws IOException {
    return all("feature = ?", feature).stream().findFirst().orElse(Note.none(feature));
  }

  /**
   * Writes a note, if it is still the version that it was written over.
   *
   * @return the note as it is now; empty if somebody else wrote meanwhile
   */
  synchronized Optional<Note> write(int feature, NoteRequest wanted) throws IOException {
    Note before = of(feature);
    if (before.version() != wanted.version()) {
      return Optional.empty();
    }
    Note now =
        new Note(
            feature,
            wanted.label(),
            wanted.note(),
            before.version() + 1,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    try (PreparedStatement statement =
        connection.prepareStatement("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, dictionary);
      statement.setInt(2, feature);
      statement.setString(3, now.label());
      statement.setString(4, now.note());
      statement.setLong(5, now.version());
      statement.setString(6, now.changed());
      statement.execute();
      return Optional.of(now);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Features whose label or note has a text in it, in whatever case; all with a note if empty. */
  synchronized Set<Integer> search(String part) throws IOException {
    Set<Integer> found = new HashSet<>();
    query(
        "SELECT feature FROM notes WHERE dictionary = ? AND label || note <> ''"
            + " AND (contains(lower(label), lower(?)) OR contains(lower(note), lower(?)))",
        row -> found.add(row.getInt(1)),
        part,
        part);
    return found;
  }

  /** Notes that are not empty, by feature. */
  synchronized List<Note> all() throws IOException {
    return all("label || note <> '' ORDER BY feature");
  }

  /** Labels that are not empty, by feature. */
  synchronized Map<Integer, String> labels() throws IOException {
    Map<Integer, String> labels = new HashMap<>();
    query(
        "SELECT feature, label FROM notes WHERE dictionary = ? AND label <> ''",
        row -> labels.put(row.getInt(1), row.getString(2)));
    return labels;
  }

  /**
   * The next notes that are not empty, by feature.
   *
   * @param after only those on features above
   */
  synchronized List<Note> next(int after, int limit) throws IOException {
    return all("label || note <> '' AND feature > ? ORDER BY feature LIMIT ?", after, limit);
  }

  private List<Note> all(String which, Object... values) throws IOException {
    List<Note> notes = new ArrayList<>();
    query(
        "SELECT " + COLUMNS + " FROM notes WHERE dictionary = ? AND " + which,
        row ->
            notes.add(
                new Note(
                    row.getInt(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4),
                    row.getString(5))),
        values);
    return notes;
  }

  private interface Row {
    void read(ResultSet row) throws SQLException;
  }

  private void query(String sql, Row row, Object... values) throws IOException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, dictionary);
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 2, values[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          row.read(rows);
        }
      }
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private static IOException failure(SQLException e) {
    return new IOException("the notes cannot be read or written: " + Duck.said(e), e);
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(e);
    }
  }
}
