package org.tiltlens.app.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.tiltlens.run.RunFolder;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Says once, where a signal ends a command, how to go on; the exit code is the signal's. */
final class Stopped implements Runnable {
  private final CommandLine root;
  private final PrintStream err;
  private final AtomicBoolean over = new AtomicBoolean();

  Stopped(CommandLine root, PrintStream err) {
    this.root = root;
    this.err = err;
  }

  /** The command ended by itself; says whether that was before it was stopped. */
  boolean ended() {
    return over.compareAndSet(false, true);
  }

  @Override
  public void run() {
    if (over.compareAndSet(false, true)) {
      err.println(
          // Past what the terminal shows of ^C and of a bar.
          (Boolean.getBoolean("tiltlens.terminal") ? System.lineSeparator() : "")
              + "tiltlens: stopped: "
              + advice());
      err.flush();
    }
  }

  private String advice() {
    ParseResult parsed = root.getParseResult();
    while (parsed != null && parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    if (parsed == null) {
      return "nothing was begun";
    }
    CommandSpec command = parsed.commandSpec();
    Stream<Object> told =
        Stream.concat(
            Stream.of(command.userObject()),
            command.mixins().values().stream().map(CommandSpec::userObject));
    return told.filter(HowToGoOn.class::isInstance)
        .map(HowToGoOn.class::cast)
        .findFirst()
        .map(HowToGoOn::howToGoOn)
        .orElse("run the same command again");
  }

  /**
   * The advice for a run in a folder.
   *
   * @param folder null if it is not known yet
   */
  static String inFolder(Path folder) {
    return folder != null && Files.isDirectory(folder) && !RunFolder.isFinished(folder)
        ? "run the same command again to go on from what is kept in '" + folder + "'"
        : "run the same command again (nothing was done yet)";
  }
}
