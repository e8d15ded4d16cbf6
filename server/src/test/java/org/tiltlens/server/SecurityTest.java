package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Json;

/** What must not be answered, sent byte by byte as no client would. */
class SecurityTest {
  private static final int PATIENCE_MS = 60_000;
  private static final String SECRET = "not for anyone";
  private static final String JOB = "visualize-made-up";
  private static final String DRAW =
      "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 90}";

  @TempDir private static Path root;
  private static Path folder;
  private static StudioFixture studio;

  /** A job that is done as far as anyone can see, with secrets around it. */
  @BeforeAll
  static void start() throws IOException {
    folder = Files.createDirectories(root.resolve("folder"));
    Path job = Files.createDirectories(folder.resolve("jobs").resolve(JOB));
    Files.createDirectories(job.resolve(".state"));
    for (Path secret :
        List.of(
            root.resolve("secret.json"),
            folder.resolve("secret.png"),
            folder.resolve("jobs/secret.png"),
            job.resolve(".state/secret.png"),
            job.resolve("secret.safetensors"))) {
      Files.writeString(secret, SECRET);
    }
    Files.createSymbolicLink(job.resolve("link.png"), folder.resolve("secret.png"));
    Files.createSymbolicLink(job.resolve("up"), root);
    Files.writeString(job.resolve("run.json"), "{}");
    Files.writeString(job.resolve("own.png"), "fine");
    Files.writeString(
        job.resolve("job.json"),
        """
        {"command": "visualize", "spec": {}, "asked": "2026-01-01T00:00:00Z",
         "execution": {"device": "cpu", "batch": 1, "threads": 1, "threads_per_image": 1}}
        """);
    Files.createSymbolicLink(folder.resolve("jobs/visualize-linked"), job);
    for (String stray : List.of(".hidden", "strange name", "notes", "visualize-\u001b[31m")) {
      Path other = Files.createDirectories(folder.resolve("jobs").resolve(stray));
      Files.copy(job.resolve("job.json"), other.resolve("job.json"));
    }
    studio = StudioFixture.start(folder);
  }

  @AfterAll
  static void stop() throws IOException {
    studio.close();
  }

  /** An answer, as it came. */
  private record Raw(int status, String text) {}

  private static Raw raw(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      try (InputStream in = socket.getInputStream()) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        Matcher status = Pattern.compile("HTTP/1.1 (\\d{3})").matcher(text);
        assertThat(status.lookingAt()).as(text).isTrue();
        return new Raw(Integer.parseInt(status.group(1)), text);
      }
    }
  }

  private static String own() {
    return "Host: localhost:" + studio.port() + "\r\nConnection: close\r\n";
  }

  private static Raw get(String path) throws IOException {
    return raw(studio.port(), "GET " + path + " HTTP/1.1\r\n" + own() + "\r\n");
  }

  private static Raw draw(String headers, String body) throws IOException {
    return raw(
        studio.port(),
        "POST /api/v1/jobs HTTP/1.1\r\n"
            + headers
            + "Connection: close\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  @Test
  void filesOfAJobAreServedAndNothingElse() throws IOException {
    String files = "/api/v1/jobs/" + JOB + "/files/";
    assertThat(get(files + "own.png").text()).endsWith("fine");
    for (String path :
        List.of(
            files + "../secret.png",
            files + "../../secret.png",
            files + "../../../secret.json",
            files + "%2e%2e/secret.png",
            files + "%2E%2E%2Fsecret.png",
            files + "..%2fsecret.png",
            files + "..%5csecret.png",
            files + "..\\secret.png",
            files + "%252e%252e/secret.png",
            files + "..;/secret.png",
            files + ".;x/../secret.png",
            files + "%c0%ae%c0%ae/secret.png",
            files + "own.png%00/../../secret.png",
            files + "//" + root.toAbsolutePath() + "/secret.json",
            files + root.toAbsolutePath() + "/secret.json",
            files + "C:/secret.png",
            files + "C:%5Csecret.png",
            files + "CON",
            files + ".state/secret.png",
            files + "%2estate/secret.png",
            files + "secret.safetensors",
            files + "job.json",
            files + "link.png",
            files + "up/secret.json",
            files + "up/folder/secret.png",
            "/api/v1/jobs/../secret.png/files/x.png",
            "/api/v1/jobs/%2e%2e/files/secret.png",
            "/api/v1/jobs/visualize-linked/files/own.png",
            "/api/v1/corpus/..%2f..%2fsecret.png",
            "/assets/../secret.png",
            "/assets/openapi.json",
            "/assets/studio.class",
            "/../../secret.json",
            "//secret.png",
            "/.%00./secret.json")) {
      Raw answer = get(path);
      assertThat(answer.status()).as(path).isIn(400, 404);
      assertThat(answer.text()).as(path).doesNotContain(SECRET).doesNotContain("\tat ");
    }
  }

  @Test
  void linkedFolderIsNoJob() throws IOException {
    assertThat(get("/api/v1/jobs").text()).contains(JOB).doesNotContain("linked");
  }

  @Test
  void strayFoldersAreNoJobs() throws IOException {
    Matcher listed = Pattern.compile("\"job\" : \"([^\"]*)\"").matcher(get("/api/v1/jobs").text());
    assertThat(listed.results().map(job -> job.group(1))).containsOnly(JOB);
    assertThat(get("/api/v1/jobs/notes").status()).isEqualTo(404);
  }

  @Test
  void linkedPictureIsNotSent() throws IOException {
    String picture = "/api/v1/corpus/3.png";
    assertThat(get(picture).status()).isEqualTo(200);
    Path kept;
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      kept = files.filter(file -> file.endsWith("corpus/3.png")).findFirst().orElseThrow();
    }
    Files.delete(kept);
    Files.createSymbolicLink(kept, folder.resolve("secret.png"));
    assertThat(get(picture).status()).isEqualTo(404);
    assertThat(get(picture).text()).doesNotContain(SECRET);
  }

  @Test
  void otherNamesOfThisMachineAreRefused() throws IOException {
    for (String host :
        List.of(
            "evil.example",
            "evil.example:" + studio.port(),
            "localhost.evil.example:" + studio.port(),
            "127.0.0.1.nip.io:" + studio.port(),
            "localhost:1",
            "")) {
      Raw answer =
          raw(
              studio.port(),
              "GET /api/v1/bundle HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
      assertThat(answer.status()).as(host).isIn(400, 421);
      assertThat(answer.text()).as(host).doesNotContain("data_licence");
    }
    assertThat(get("http://evil.example/api/v1/bundle").text()).doesNotContain("data_licence");
    for (String host : List.of("localhost", "LOCALHOST", "127.0.0.1", "[::1]")) {
      String request = "GET /api/v1/bundle HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n";
      assertThat(raw(studio.port(), request.formatted(host, studio.port())).status())
          .as(host)
          .isEqualTo(200);
    }
  }

  @Test
  void otherPagesCannotStartJobs() throws IOException {
    String json = "Content-Type: application/json\r\n";
    String host = "Host: localhost:" + studio.port() + "\r\n";
    for (String origin :
        List.of(
            "http://evil.example",
            "null",
            "http://localhost:1",
            "https://localhost:" + studio.port(),
            "http://localhost:" + studio.port() + ".evil.example")) {
      assertThat(draw(host + json + "Origin: " + origin + "\r\n", DRAW).status())
          .as(origin)
          .isEqualTo(403);
    }
    assertThat(draw(host + json + "Sec-Fetch-Site: cross-site\r\n", DRAW).status()).isEqualTo(403);
    assertThat(draw(host + json + "Sec-Fetch-Site: same-site\r\n", DRAW).status()).isEqualTo(403);
    for (String simple :
        List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")) {
      assertThat(draw(host + "Content-Type: " + simple + "\r\n", DRAW).status())
          .as(simple)
          .isEqualTo(415);
    }
    assertThat(draw(host, DRAW).status()).isEqualTo(415);
    assertThat(get("/api/v1/jobs").text()).doesNotContain("feature-1-");
  }

  @Test
  void otherPagesSeeNothingButMayLink() throws IOException {
    String from =
        "GET /api/v1/corpus/1.png HTTP/1.1\r\n" + own() + "Sec-Fetch-Site: cross-site\r\n";
    assertThat(raw(studio.port(), from + "Sec-Fetch-Mode: no-cors\r\n\r\n").status())
        .isEqualTo(403);
    assertThat(raw(studio.port(), from + "Sec-Fetch-Mode: navigate\r\n\r\n").status())
        .isEqualTo(200);
  }

  @Test
  void largeBodiesAreNotRead() throws IOException {
    String headers = "Host: localhost:" + studio.port() + "\r\nContent-Type: application/json\r\n";
    assertThat(draw(headers, " ".repeat(Route.Takes.JSON.most() + 1)).status()).isEqualTo(413);
    Raw claimed =
        raw(
            studio.port(),
            "POST /api/v1/jobs HTTP/1.1\r\n"
                + headers
                + "Connection: close\r\nContent-Length: 99999999999\r\n\r\n");
    assertThat(claimed.status()).isEqualTo(413);
    StringBuilder chunks = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      chunks.append("4000\r\n").append(" ".repeat(0x4000)).append("\r\n");
    }
    Raw chunked =
        raw(
            studio.port(),
            "POST /api/v1/jobs HTTP/1.1\r\n"
                + headers
                + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunks
                + "0\r\n\r\n");
    assertThat(chunked.status()).isEqualTo(413);
  }

  @Test
  void nonsenseIsRefusedWithoutATrace() throws IOException {
    for (String request :
        List.of(
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
            "BREW /api/v1/bundle HTTP/1.1\r\n" + own() + "\r\n",
            "OPTIONS * HTTP/1.1\r\n" + own() + "\r\n",
            "TRACE / HTTP/1.1\r\n" + own() + "\r\n",
            "PUT /api/v1/bundle HTTP/1.1\r\n" + own() + "Content-Length: 0\r\n\r\n",
            "GET /api/v1/features?search=%zz HTTP/1.1\r\n" + own() + "\r\n",
            "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n" + own() + "\r\n",
            "GET / HTTP/1.1\r\n" + own() + "X: " + "y".repeat(20_000) + "\r\n\r\n",
            "\u0000\u0001\u0002\r\n\r\n")) {
      Raw answer = raw(studio.port(), request);
      assertThat(answer.status()).as(request).isBetween(400, 431);
      assertThat(answer.text()).doesNotContain("\tat ").doesNotContain("org.eclipse");
    }
  }

  /** What Jetty refuses by itself is said as the studio says what it refuses. */
  @Test
  void whatCannotBeReadIsRefusedAsAllElse() throws IOException {
    for (String request :
        List.of(
            "GET /api/v1/jobs/%2e%2e/files/x.png HTTP/1.1\r\n" + own() + "\r\n",
            "GET /api/v1/%zz HTTP/1.1\r\n" + own() + "\r\n",
            "GET /api/v1/bundle HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET /api/v1/bundle HTTP/1.1\r\nHost: a:b:c\r\n\r\n",
            "GET /api/v1/bundle HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n" + own() + "X: " + "y".repeat(20_000) + "\r\n\r\n",
            "GET / HTTP/9.9\r\n" + own() + "\r\n",
            "\u0000\u0001\u0002\r\n\r\n")) {
      Raw answer = raw(studio.port(), request);
      JsonNode told = Json.parse(answer.text().replaceFirst("(?s).*?\r\n\r\n", ""), JsonNode.class);
      assertThat(answer.text()).as(request).contains("Content-Type: application/json\r\n");
      assertThat(told.get("status").asInt()).as(request).isEqualTo(answer.status());
      assertThat(told.get("error").asText())
          .as(request)
          .startsWith("this request cannot be read: ");
    }
  }

  /** What is refused before its method is known has a body even for HEAD: nothing follows it. */
  @Test
  void whatCannotBeReadEndsItsConnection() throws IOException {
    byte[] head =
        ("HEAD /api/v1/%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    byte[] get =
        ("GET /api/v1/bundle HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    try (RawConnection connection = new RawConnection(studio.port(), PATIENCE_MS)) {
      RawConnection.Reply refused = connection.send(head, true);
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.headers()).containsEntry("connection", "close");
      assertThat(connection.send(get, false).status()).isEqualTo(200);
    }
  }

  @Test
  void everyAnswerForbidsWhatPagesNeedNot() throws IOException {
    for (String path : List.of("/", "/jobs", "/nothing", "/api/v1/bundle", "/api/v1/nothing")) {
      String text = get(path).text();
      assertThat(text).as(path).contains("script-src 'self'").contains("frame-ancestors 'none'");
      assertThat(text).as(path).contains("X-Content-Type-Options: nosniff");
      assertThat(text).as(path).doesNotContain("unsafe-inline").doesNotContain("Server:");
    }
  }

  @Test
  void beyondThisMachineATokenIsAskedFor(@TempDir Path other) throws IOException {
    StudioSettings open =
        new StudioSettings(StudioFixture.bundle(), "0.0.0.0", 0, other, StudioFixture.EXECUTION);
    try (Studio shared = Studio.start(open)) {
      assertThat(shared.asksForToken()).isTrue();
      String token = shared.address().replaceAll(".*token=", "");
      assertThat(token).hasSizeGreaterThan(30);
      String host = "Host: studio.example:" + shared.port() + "\r\nConnection: close\r\n";
      String get = "GET /api/v1/bundle HTTP/1.1\r\n" + host;
      assertThat(raw(shared.port(), get + "\r\n").status()).isEqualTo(401);
      assertThat(raw(shared.port(), get + "Authorization: Bearer x\r\n\r\n").status())
          .isEqualTo(401);
      assertThat(raw(shared.port(), get + "Authorization: Bearer " + token + "\r\n\r\n").status())
          .isEqualTo(200);
      assertThat(raw(shared.port(), "GET /?token=x HTTP/1.1\r\n" + host + "\r\n").status())
          .isEqualTo(401);

      for (String path :
          List.of(
              "/",
              "/features/1",
              "/features/1?token=" + token,
              "/jobs",
              "/notes",
              "/map",
              "/export",
              "/images",
              "/studio.css",
              "/studio.js",
              "/nothing",
              "/api/v1/openapi.json",
              "/api/v1/events",
              "/api/v1/jobs",
              "/api/v1/features/1/strip.png",
              "/api/v1/corpus/1.png",
              "/api/v1/notes.csv",
              "/api/v1/nothing")) {
        for (String wrong :
            List.of("", "Authorization: Bearer x\r\n", "Authorization: Basic " + token + "\r\n")) {
          Raw answer = raw(shared.port(), "GET " + path + " HTTP/1.1\r\n" + host + wrong + "\r\n");
          assertThat(answer.status()).as(path).isEqualTo(401);
          assertThat(answer.text()).doesNotContain(token);
        }
      }
      String posted =
          "POST /api/v1/jobs HTTP/1.1\r\n" + host + "Content-Type: application/json\r\n";
      assertThat(raw(shared.port(), posted + "Content-Length: 2\r\n\r\n{}").status())
          .isEqualTo(401);
      String page =
          raw(
                  shared.port(),
                  "GET /features/1 HTTP/1.1\r\n"
                      + host
                      + "Authorization: Bearer "
                      + token
                      + "\r\n\r\n")
              .text();
      assertThat(page)
          .contains("HTTP/1.1 200", "Referrer-Policy: no-referrer")
          .doesNotContain(token);

      Raw entry = raw(shared.port(), "GET /?token=" + token + " HTTP/1.1\r\n" + host + "\r\n");
      assertThat(entry.status()).isEqualTo(303);
      assertThat(entry.text()).contains("Location: /\r\n");
      Matcher cookie =
          Pattern.compile("Set-Cookie: ([^;]+); Path=/; HttpOnly; SameSite=Strict")
              .matcher(entry.text());
      assertThat(cookie.find()).isTrue();
      assertThat(raw(shared.port(), get + "Cookie: " + cookie.group(1) + "\r\n\r\n").status())
          .isEqualTo(200);
    }
  }
}
