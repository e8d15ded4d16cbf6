package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/**
 * What a command did.
 *
 * @param code its exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error, progress apart
 */
record Outcome(int code, String out, String err) {

  /** Runs a command in this process. */
  static Outcome of(List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Tiltlens.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = command.execute(arguments.toArray(String[]::new));
    return new Outcome(code, out.toString(), err.toString());
  }

  /** Checks that it was refused as wrong usage or input, in one line that has {@code expected}. */
  void assertRefused(String expected) {
    assertThat(err).contains(expected);
    assertThat(err.strip().lines()).hasSize(1);
    assertThat(err).startsWith("tiltlens: ");
    assertThat(code).isEqualTo(2);
  }

  /** Checks that it did what it was asked. */
  Outcome assertDone() {
    assertThat(err).isEmpty();
    assertThat(code).isZero();
    return this;
  }
}
