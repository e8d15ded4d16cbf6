package org.tiltlens.app.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.run.SpecException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code tiltlens} command: what a unit inside a vision model responds to. */
@Command(
    name = "tiltlens",
    description =
        "Shows what a unit inside a vision model responds to, as a distribution of natural images.",
    mixinStandardHelpOptions = true,
    version = "tiltlens " + Tiltlens.VERSION,
    subcommands = {
      DemoCommand.class,
      VisualizeCommand.class,
      RetrieveCommand.class,
      ComposeCommand.class,
      ExplainCommand.class,
      FrontierCommand.class,
      CompareCommand.class,
      FeaturesCommand.class,
      HarvestCommand.class,
      PoolCommand.class,
      TrainCommand.class,
      InspectCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage or input"})
public final class Tiltlens implements Runnable {
  /** This release. */
  public static final String VERSION = org.tiltlens.run.Version.NUMBER;

  /** Exit code of what could not be done. */
  static final int FAILED = 1;

  private static final int WRONG_INPUT = 2;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  private boolean debug;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    Tiltlens root = new Tiltlens();
    return new CommandLine(root)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(
            parsed -> {
              TakenPart.say(parsed);
              return new CommandLine.RunLast().execute(parsed);
            })
        .setParameterExceptionHandler(
            (failure, args) -> {
              CommandLine command = failure.getCommandLine();
              String help = command.getCommandSpec().qualifiedName() + " --help";
              say(command, oneLine(failure.getMessage()) + " (see " + help + ")");
              return WRONG_INPUT;
            })
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (root.debug) {
                failure.printStackTrace(command.getErr());
              }
              say(command, message(failure));
              return isWrongInput(failure) ? WRONG_INPUT : FAILED;
            });
  }

  /**
   * Rooms report what the user can mend with these two; everything else is a failure of ours or of
   * the machine.
   */
  private static boolean isWrongInput(Exception failure) {
    return failure instanceof IllegalArgumentException
        || failure instanceof CheckpointException
        || failure instanceof NoSuchFileException;
  }

  private static String message(Exception failure) {
    if (failure instanceof SpecException spec) {
      return oneLine(spec.message(FieldNames::option));
    }
    if (isWrongInput(failure) && !(failure instanceof NoSuchFileException)) {
      return FieldNames.shown(oneLine(failure.getMessage()));
    }
    if (failure instanceof NoSuchFileException file) {
      return "'" + file.getFile() + "' does not exist";
    }
    if (failure instanceof FileSystemException file) {
      String kind = file.getClass().getSimpleName().replace("Exception", "");
      return "cannot use '"
          + file.getFile()
          + "': "
          + (file.getReason() != null ? file.getReason() : kind);
    }
    Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
    return "failed: " + FieldNames.shown(oneLine(cause.toString())) + " (--debug shows where)";
  }

  private static String oneLine(String message) {
    return message == null ? "no message" : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** One line on standard error. */
  static void say(CommandLine command, String message) {
    PrintWriter err = command.getErr();
    err.println("tiltlens: " + message);
    err.flush();
  }
}
