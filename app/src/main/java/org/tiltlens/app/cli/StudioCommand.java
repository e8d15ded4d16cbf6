package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.run.SpecException;
import org.tiltlens.server.PoolAdvice;
import org.tiltlens.server.Studio;
import org.tiltlens.server.StudioExport;
import org.tiltlens.server.StudioSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tiltlens studio}: a bundle's features in a browser, and jobs that draw them. */
@Command(
    name = "studio",
    description =
        "Serves pages of a dictionary's features on this machine, from which samples can be drawn:"
            + " of a bundle, or of single models with --images, which are harvested first.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class StudioCommand implements Callable<Integer>, HowToGoOn {
  private static final int LOOK_MS = 200;

  @Spec private CommandSpec command;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
  private int port = 8420;

  @Option(
      names = "--host",
      paramLabel = "H",
      description =
          "Address to listen on; one beyond this machine, such as 0.0.0.0, asks for a token, which"
              + " is printed. Default: ${DEFAULT-VALUE}.")
  private String host = "127.0.0.1";

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "Where jobs and drawn pictures are kept; name it again to find them. Default:"
              + " ${DEFAULT-VALUE}.")
  private Path folder = Path.of("tiltlens-studio");

  @Mixin private SingleModelOptions models;

  @Option(
      names = "--export",
      paramLabel = "DIR",
      description =
          "Serve nothing, but write features here as a folder of pages, with JSON for SAEDashboard"
              + " and Neuronpedia: with the notes and samples of --folder, over an earlier export."
              + " Default: none.")
  private Path export;

  @Option(
      names = "--features",
      paramLabel = "LIST",
      description =
          "Which features --export writes: indices and ranges, such as 1,2,5-9. Default: all.")
  private String features;

  @Option(names = "--no-open", description = "Do not open a browser.")
  private boolean closed;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Bundle bundle = models.bundle(command.commandLine(), folder);
    Execution execution = SingleModelOptions.execution(bundle);
    StudioSettings settings = new StudioSettings(bundle, host, port, folder, execution);
    PrintWriter out = command.commandLine().getOut();
    if (export != null) {
      int written = StudioExport.write(settings, export, features, new ConsoleProgress(System.err));
      out.printf("%s: %d features%n", export.resolve("index.html"), written);
      out.flush();
      return 0;
    }
    if (features != null) {
      throw new SpecException("{features} has a meaning only with {export}");
    }
    try (Studio studio = start(settings)) {
      PoolAdvice.of(bundle)
          .ifPresent(
              advice ->
                  System.err.printf(
                      "tiltlens: note: %s%n  %s%n  %s%n",
                      advice.why(), advice.command(), advice.then()));
      out.println("The studio is at " + studio.address());
      if (studio.asksForToken()) {
        out.println(
            "Whoever has this address can use it; the connection is not encrypted, so let no one"
                + " listen on the way.");
      }
      out.flush();
      if (!closed && Boolean.getBoolean("tiltlens.terminal")) {
        Browser.open(studio.address());
      }
      while (!Stopped.isAsked()) {
        Thread.sleep(LOOK_MS);
      }
    }
    return 0;
  }

  private static Studio start(StudioSettings settings) throws IOException {
    String what = "the studio of " + settings.bundle().manifest().name();
    try (Opening opening = new Opening(System.err, what)) {
      return Studio.start(settings, opening);
    }
  }

  @Override
  public String howToGoOn() {
    return export == null
        ? "jobs, notes and images are kept in '"
            + folder
            + "'; run the same command again to come back to them"
        : "run the same command again to go on with '" + export + "'";
  }
}
