package org.tiltlens.app.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.tiltlens.run.RunFolder;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * Says once, where a signal ends a command, how to go on; the exit code is the signal's.
 *
 * <p>The command hears of it by its progress and saves what it has: the process waits for that a
 * while, as the engine does not survive that its libraries end while it computes.
 */
final class Stopped implements Runnable {
  private static final int SECONDS_TO_SAVE = 10;

  /** The one of this process; null where commands run inside another program. */
  private static volatile Stopped ofProcess;

  private final CommandLine root;
  private final PrintStream err;
  private final AtomicBoolean over = new AtomicBoolean();
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile boolean asked;

  Stopped(CommandLine root, PrintStream err) {
    this.root = root;
    this.err = err;
  }

  /** From now on a signal to this process is answered. */
  void listen() {
    ofProcess = this;
    Runtime.getRuntime().addShutdownHook(new Thread(this, "stopped"));
  }

  /** Whether a signal asked this process to end. */
  static boolean isAsked() {
    Stopped here = ofProcess;
    return here != null && here.asked;
  }

  /** The command ended; says whether that was by itself. */
  boolean ended() {
    boolean itself = over.compareAndSet(false, true);
    end.countDown();
    return itself;
  }

  @Override
  public void run() {
    if (over.compareAndSet(false, true)) {
      asked = true;
      err.println(
          // Past what the terminal shows of ^C and of a bar.
          (Boolean.getBoolean("tiltlens.terminal") ? System.lineSeparator() : "")
              + "tiltlens: stopped: "
              + advice());
      err.flush();
      awaitEnd();
    }
  }

  private void awaitEnd() {
    try {
      boolean saved = this != ofProcess || end.await(SECONDS_TO_SAVE, TimeUnit.SECONDS);
      if (!saved) {
        err.println("tiltlens: the last saved state stands; what was under way since then is lost");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
