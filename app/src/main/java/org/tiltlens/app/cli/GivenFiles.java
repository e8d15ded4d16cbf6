package org.tiltlens.app.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.tiltlens.models.Named;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Refuses files that are not there before anything is opened: all that an option's label says is a
 * file or a folder, but for where results go.
 */
final class GivenFiles {
  private static final Set<String> WRITTEN = Set.of("--out", "--cache", "--folder", "--export");

  private GivenFiles() {}

  /**
   * Looks at all that the innermost command was given.
   *
   * @throws ParameterException for the first that cannot be
   */
  static void check(ParseResult root) {
    ParseResult command = root;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    for (OptionSpec option : command.matchedOptions()) {
      if (Stream.of(option.names()).noneMatch(WRITTEN::contains)) {
        check(command, option, option.longestName());
      }
    }
    for (ArgSpec word : command.matchedPositionals()) {
      check(command, word, word.paramLabel());
    }
  }

  private static void check(ParseResult command, ArgSpec option, String name) {
    List<String> kinds = List.of(option.paramLabel().split("\\|"));
    boolean folder = kinds.contains("DIR");
    boolean file = kinds.stream().anyMatch(Set.of("FILE", "ZIP", "RUN.JSON")::contains);
    if (!folder && !file) {
      return;
    }
    for (String given : option.originalStringValues()) {
      String problem = problem(given, file, folder, kinds.contains("ZIP"));
      if (problem != null) {
        throw new ParameterException(
            command.commandSpec().commandLine(),
            "%s '%s' %s: expected %s".formatted(name, given, problem, expected(file, folder)));
      }
    }
  }

  private static String expected(boolean file, boolean folder) {
    return file && folder ? "a file or a folder" : file ? "a file" : "a folder";
  }

  /** Null if there is none. */
  private static String problem(String given, boolean file, boolean folder, boolean inside) {
    if (given.isBlank()) {
      return "is empty";
    }
    if (Named.isRemote(given)) {
      return null; // whoever opens it says whether it can be
    }
    Path path;
    try {
      path = Named.resolve(given);
    } catch (InvalidPathException e) {
      return "is no path";
    }
    if (!Files.exists(path)) {
      return inside && isInFile(path) ? null : "does not exist";
    }
    if (!Files.isReadable(path) || (Files.isDirectory(path) && !Files.isExecutable(path))) {
      return "may not be read by this user";
    }
    if (Files.isDirectory(path) && !folder) {
      return "is a folder";
    }
    return !Files.isDirectory(path) && !file ? "is a file" : null;
  }

  /** Whether a path goes on inside a file, as in {@code a.zip/train}. */
  private static boolean isInFile(Path path) {
    return Stream.iterate(
            path.toAbsolutePath().getParent(), above -> above != null, Path::getParent)
        .anyMatch(Files::isRegularFile);
  }
}
