package org.tiltlens.app.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The command in a process of its own, to be killed. */
final class OwnProcess {
  private OwnProcess() {}

  /**
   * Starts it.
   *
   * @param log where all that it prints goes
   */
  static Process start(List<String> arguments, Path log) throws IOException {
    return start(System.getProperty("java.class.path"), arguments, log);
  }

  /** Starts it without the engine's native libraries, so that what needs them fails. */
  static Process withoutEngine(List<String> arguments, Path log) throws IOException {
    String left =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.matches(".*bytedeco.*-(linux|macosx|windows)-.*"))
            .collect(Collectors.joining(File.pathSeparator));
    return start(left, arguments, log);
  }

  private static Process start(String classPath, List<String> arguments, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classPath, Tiltlens.class.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
