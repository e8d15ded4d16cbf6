package org.tiltlens.parquet;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** DuckDB inside this process, as a writer and reader of Parquet files. */
public final class Duck {
  /** What it puts before its message is how it got there. */
  private static final Pattern MESSAGE =
      Pattern.compile("(?:.*\\RError: )?(?:\\w+ )*Error: ([^\\r\\n]+).*", Pattern.DOTALL);

  private Duck() {}

  /** A database of its own in memory, that fetches no extensions and spills nothing to disk. */
  public static Connection open() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET autoinstall_known_extensions = false");
      statement.execute("SET autoload_known_extensions = false");
      statement.execute("SET temp_directory = ''");
      statement.execute("SET memory_limit = '1GB'");
      statement.execute("SET threads = 1");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** The same, which reads these files of strangers and touches nothing else. */
  public static Connection reading(Collection<Path> files) throws SQLException {
    Connection connection = open();
    String paths =
        files.stream()
            .flatMap(file -> Stream.of(quoted(absolute(file)), file(file)))
            .collect(Collectors.joining(", ", "[", "]"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET allowed_paths = " + paths);
      statement.execute("SET enable_external_access = false");
      statement.execute("SET lock_configuration = true");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** A file's name as SQL writes it, where it may be a pattern and would match others. */
  public static String file(Path file) {
    return quoted(absolute(file).replaceAll("[\\[*?]", "[$0]"));
  }

  /** Without a home folder, a protocol or the like at its start. */
  private static String absolute(Path file) {
    return file.toAbsolutePath().toString();
  }

  /** A text as SQL writes it. */
  public static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** A column's name as SQL writes it. */
  public static String column(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** What went wrong, in one line. */
  public static String said(SQLException e) {
    Matcher message = MESSAGE.matcher(String.valueOf(e.getMessage()));
    String text = message.matches() ? message.group(1) : String.valueOf(e.getMessage());
    return line(text.lines().findFirst().orElse("").strip());
  }

  /** A text with what strangers wrote in it, in one line. */
  public static String line(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
