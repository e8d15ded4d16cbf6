package org.tiltlens.app.cli;

import java.io.PrintWriter;
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
      VisualizeAllCommand.class,
      RetrieveCommand.class,
      ComposeCommand.class,
      ExplainCommand.class,
      FrontierCommand.class,
      CompareCommand.class,
      FeaturesCommand.class,
      HarvestCommand.class,
      PoolCommand.class,
      StudioCommand.class,
      TrainCommand.class,
      InspectCommand.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:wrong usage or input",
      "130:stopped by Ctrl-C (143: by SIGTERM); the last line says how to go on"
    })
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
    // What the library warns of is one line, too.
    System.setProperty("java.util.logging.SimpleFormatter.format", "tiltlens: warning: %5$s%n");
    // What Jetty warns of is what somebody sent, who is told.
    System.setProperty("org.slf4j.simpleLogger.log.org.eclipse.jetty", "error");
    System.setErr(new PlainText.Stream(System.err));
    CommandLine line = commandLine();
    Stopped stopped = new Stopped(line, System.err);
    stopped.listen();
    int code = line.execute(args);
    stopped.ended();
    System.exit(code);
  }

  static CommandLine commandLine() {
    Tiltlens root = new Tiltlens();
    CommandLine line = new CommandLine(root);
    HelpGroup.partHelp(line);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(
            parsed -> {
              if (parsed.hasSubcommand()) {
                // Help has colours, which are ours.
                Integer helped = CommandLine.executeHelpRequest(parsed);
                if (helped != null) {
                  return helped;
                }
                line.setOut(PlainText.writer(line.getOut()));
                line.setErr(PlainText.writer(line.getErr()));
              }
              try {
                GivenFiles.check(parsed);
                TakenPart.say(parsed);
                return new CommandLine.RunLast().execute(parsed);
              } catch (LinkageError | OutOfMemoryError e) {
                if (root.debug) {
                  e.printStackTrace(parsed.commandSpec().commandLine().getErr());
                }
                say(
                    parsed.commandSpec().commandLine(),
                    FailureLine.of(e, parsed.commandSpec().name()));
                return FAILED;
              }
            })
        .setParameterExceptionHandler(
            (failure, args) -> {
              CommandLine command = failure.getCommandLine();
              String help = command.getCommandSpec().qualifiedName() + " --help";
              say(command, UsageLine.of(failure) + " (see " + help + ")");
              return WRONG_INPUT;
            })
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (root.debug) {
                failure.printStackTrace(command.getErr());
              }
              if (Stopped.isAsked()) {
                return FAILED;
              }
              say(command, FailureLine.of(failure, command.getCommandName()));
              return FailureLine.isWrongInput(failure) ? WRONG_INPUT : FAILED;
            });
  }

  /** One line on standard error. */
  static void say(CommandLine command, String message) {
    PrintWriter err = PlainText.writer(command.getErr());
    err.println("tiltlens: " + message);
    err.flush();
  }
}
