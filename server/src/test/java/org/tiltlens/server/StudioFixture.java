package org.tiltlens.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;

/** A studio of a tiny bundle, and who asks it. */
final class StudioFixture implements AutoCloseable {
  static final Execution EXECUTION = new Execution("cpu", 2, 2, 1);

  /** Those of the tiny bundle. */
  static final StepsChoice.Usual STEPS = new StepsChoice.Usual(new StepsSpec.Ddpm(), "3");

  /** A class name from a hostile corpus. */
  static final String HOSTILE = "<script>alert('class')</script>";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int POOL = 64;
  private static Path written;

  private final Studio studio;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  private StudioFixture(Studio studio) {
    this.studio = studio;
  }

  /** A studio of the tiny bundle on a port of its own. */
  static StudioFixture start(Path folder) throws IOException {
    return start(bundle(), folder);
  }

  static StudioFixture start(Bundle bundle, Path folder) throws IOException {
    return new StudioFixture(
        Studio.start(new StudioSettings(bundle, "127.0.0.1", 0, folder, EXECUTION)));
  }

  /** Images of three classes, one of which is hostile, and a pool of a few paths. */
  static synchronized Bundle bundle() throws IOException {
    if (written == null) {
      Path folder = Files.createDirectories(Path.of("target", "bundle-" + System.nanoTime()));
      write(folder);
      written = folder;
    }
    return Bundle.at(written.toAbsolutePath());
  }

  private static void write(Path folder) throws IOException {
    byte[] labels = new byte[8 + NoiseBundle.IMAGES];
    labels[2] = 8;
    labels[3] = 1;
    labels[7] = NoiseBundle.IMAGES;
    for (int i = 0; i < NoiseBundle.IMAGES; i++) {
      labels[8 + i] = (byte) (i % 3);
    }
    Files.write(folder.resolve("labels-idx1-ubyte"), labels);
    Files.writeString(folder.resolve("class-names.txt"), "Stripes\nDots\n" + HOSTILE + "\n");
    NoiseBundle.write(folder, 3);
    NoiseBundle.judge(folder, 3);
    Jobs.POOL.run(
        PoolSpec.of(Bundle.at(folder), POOL), EXECUTION, folder.resolve("pool"), Progress.SILENT);
    Path manifest = folder.resolve("bundle.json");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace("\"data_licence\"", "\"pool\": \"pool\", \"data_licence\""));
  }

  int port() {
    return studio.port();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(60));
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException {
    try {
      return client.send(request, body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  HttpResponse<String> get(String path, String... headers) throws IOException {
    HttpRequest.Builder asked = request(path);
    return send(
        (headers.length == 0 ? asked : asked.headers(headers)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<byte[]> bytes(String path, String... headers) throws IOException {
    HttpRequest.Builder asked = request(path);
    return send(
        (headers.length == 0 ? asked : asked.headers(headers)).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  /** The JSON of an answer that must be good. */
  JsonNode json(String path) throws IOException {
    HttpResponse<String> answer = get(path);
    if (answer.statusCode() != 200) {
      throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
    }
    return JSON.readTree(answer.body());
  }

  static JsonNode json(HttpResponse<String> answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  HttpResponse<String> post(String path, String json) throws IOException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> put(String path, String json) throws IOException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path) throws IOException {
    return send(
        request(path).POST(HttpRequest.BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Sends the bytes of an image. */
  HttpResponse<String> send(String type, byte... image) throws IOException {
    return send(
        request("/api/v1/images")
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofByteArray(image))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> delete(String path) throws IOException {
    return send(request(path).DELETE().build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Starts a job; returns its name. */
  String draw(int feature, double percentile, int count) throws IOException {
    HttpResponse<String> answer =
        post(
            "/api/v1/jobs",
            """
            {"command": "visualize", "feature": %d, "percentile": %s, "count": %d}\
            """
                .formatted(feature, percentile, count));
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return json(answer).get("job").asText();
  }

  /** What is told of jobs, as it comes. */
  EventReader events() throws IOException {
    return new EventReader(
        send(request("/api/v1/events").build(), HttpResponse.BodyHandlers.ofInputStream()).body());
  }

  @Override
  public void close() throws IOException {
    studio.close();
  }
}
