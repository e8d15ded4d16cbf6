package org.tiltlens.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.models.Bundle;

/** A studio in a process of its own, to be measured and killed. */
final class OwnStudio implements AutoCloseable {
  private static final int PATIENCE_MS = 120_000;

  private final Process process;
  private final String root;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  private OwnStudio(Process process, String root) {
    this.process = process;
    this.root = root;
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param bundle its folder; null for the embedded one
   * @param folder the studio's
   * @param java options of its Java
   */
  static OwnStudio start(Path bundle, Path folder, String... java) throws IOException {
    Files.createDirectories(folder);
    Path listens = folder.resolve("address");
    Files.deleteIfExists(listens);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(java));
    command.addAll(
        List.of(
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            OwnStudio.class.getName(),
            bundle == null ? "" : bundle.toAbsolutePath().toString(),
            folder.toString(),
            listens.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("studio.log").toFile()))
            .start();
    for (int waited = 0; waited < PATIENCE_MS && process.isAlive(); waited += 20) {
      if (Files.exists(listens)) {
        return new OwnStudio(process, Files.readString(listens));
      }
      sleep();
    }
    process.destroyForcibly();
    throw new IOException(
        "no studio: " + Files.readString(folder.resolve("studio.log")).lines().toList());
  }

  private static void sleep() throws IOException {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** The process that is started: runs until its standard input ends. */
  public static void main(String[] args) throws IOException {
    Bundle bundle = args[0].isEmpty() ? Bundle.embedded() : Bundle.at(Path.of(args[0]));
    StudioSettings settings =
        new StudioSettings(bundle, "127.0.0.1", 0, Path.of(args[1]), StudioFixture.EXECUTION);
    try (Studio studio = Studio.start(settings)) {
      Path listens = Path.of(args[2]);
      Path writing = listens.resolveSibling("address.tmp");
      Files.writeString(writing, "http://127.0.0.1:" + studio.port());
      Files.move(writing, listens);
      while (System.in.read() >= 0) {
        // Whoever started it closes it.
      }
    }
  }

  /** Its address, without a slash at the end. */
  String root() {
    return root;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** An answer as text. */
  HttpResponse<String> ask(String method, String path, String json) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(root + path)).timeout(Duration.ofSeconds(60));
    if (json == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("Content-Type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofString(json));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** SIGKILL: it saves nothing. */
  void kill() throws IOException {
    process.destroyForcibly();
    end();
  }

  private void end() throws IOException {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Ends it as its user would. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    end();
  }
}
