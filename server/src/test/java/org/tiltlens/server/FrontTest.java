package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How answers end, and what is left of a connection behind them: of no studio, but made up. */
class FrontTest {
  private static final int PATIENCE_MS = 20_000;
  private static final int IDLE_MS = 300;

  /** As long as a connection may be idle, three times: when that is looked at. */
  private static final int SLOW_MS = 3 * IDLE_MS;

  private static final int ROWS = 40;
  private static final int TIMES = 20;
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

  /** So many times these rows go out in several pieces. */
  private static final int LONG = 1000;

  @TempDir private static Path folder;
  private static Server server;
  private static int port;

  private static final Queue<String> LOGGED = new ConcurrentLinkedQueue<>();
  private static final Logger LOGGER = Logger.getLogger("org.tiltlens");
  private static final Handler HEARS =
      new Handler() {
        @Override
        public void publish(LogRecord told) {
          LOGGED.add(told.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeAll
  static void start() throws Exception {
    LOGGER.addHandler(HEARS);
    List<Route> routes =
        List.of(
            Route.get("/rows", ask -> streamed(FrontTest::rows)),
            Route.get("/broken", ask -> streamed(out -> broken(out, 1))),
            Route.get("/late", ask -> streamed(out -> broken(out, LONG))),
            Route.get("/slow", ask -> slowly(Answer.asset("text/plain", "at last"))),
            Route.get(
                "/slowly",
                ask ->
                    streamed(
                        out -> {
                          out.write("one ".getBytes(StandardCharsets.US_ASCII));
                          slowly(null);
                          out.write("two".getBytes(StandardCharsets.US_ASCII));
                        })),
            Route.post("/nothing", ask -> Answer.nothing(204)),
            Route.postJson("/json", ask -> Answer.nothing(204)));
    server = new Server();
    ServerConnector connector = Studio.connector(server, "127.0.0.1", 0, IDLE_MS);
    server.addConnector(connector);
    server.setHandler(new Front(routes, new Guard("127.0.0.1"), folder));
    server.setErrorHandler(new PlainErrors());
    server.start();
    port = connector.getLocalPort();
  }

  @AfterAll
  static void stop() throws Exception {
    server.stop();
    LOGGER.removeHandler(HEARS);
  }

  private static Answer streamed(Answer.Body body) {
    return new Answer(200, Map.of("Content-Type", "text/plain"), body);
  }

  private static <T> T slowly(T answer) throws IOException {
    try {
      Thread.sleep(SLOW_MS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return answer;
  }

  private static void rows(OutputStream out) throws IOException {
    for (int row = 0; row < ROWS; row++) {
      out.write((row + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void broken(OutputStream out, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      rows(out);
    }
    throw new IOException("the rest cannot be read");
  }

  private static RawConnection.Reply get(String path) throws IOException {
    try (RawConnection connection = new RawConnection(port, PATIENCE_MS)) {
      return connection.send(request("GET", path, "", ""), false);
    }
  }

  private static byte[] request(String method, String path, String headers, String body) {
    return (method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n" + body)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** What fails on its way does not end as if it were whole, and is told of. */
  @Test
  void brokenAnswerIsNotWhole() throws IOException {
    RawConnection.Reply rows = get("/rows");
    assertThat(rows.text().lines()).hasSize(ROWS);
    // In one piece.
    assertThat(rows.headers()).containsEntry("content-length", "110");
    RawConnection.Reply refused = get("/broken");
    assertThat(refused.status()).isEqualTo(500);
    assertThat(refused.text()).contains(Front.FAILED);
    assertThatThrownBy(() -> get("/late")).isInstanceOf(EOFException.class);
    assertThat(LOGGED)
        .contains(
            "GET /broken: its answer breaks off after 110 bytes:"
                + " java.io.IOException: the rest cannot be read",
            "GET /late: its answer breaks off after 110000 bytes:"
                + " java.io.IOException: the rest cannot be read");
  }

  /** On the connection of a request that was refused, with or without a body that nobody read. */
  @Test
  void refusedBodiesLeaveNothingBehind() throws IOException {
    String text = "Content-Type: text/plain\r\n";
    String json = "Content-Type: application/json\r\n";
    String large = "x".repeat(100_000);
    Map<byte[], Integer> refused =
        Map.of(
            request("POST", "/none", "Content-Length: 0\r\n", ""), 404,
            request("POST", "/nothing", "Content-Length: 3\r\n", "abc"), 204,
            request("POST", "/json", text + "Content-Length: 3\r\n", "abc"), 415,
            request("POST", "/rows", "Content-Length: 100000\r\n", large), 405,
            request("POST", "/json", json + "Content-Length: 100000\r\n", large), 413,
            request("POST", "/json", text + CHUNKED, "3\r\nabc\r\n0\r\n\r\n"), 415);
    try (RawConnection connection = new RawConnection(port, PATIENCE_MS)) {
      for (int i = 0; i < TIMES; i++) {
        for (Map.Entry<byte[], Integer> one : refused.entrySet()) {
          assertThat(connection.send(one.getKey(), false).status()).isEqualTo(one.getValue());
          RawConnection.Reply rows = connection.send(request("GET", "/rows", "", ""), false);
          assertThat(rows.text().lines()).hasSize(ROWS);
        }
      }
    }
  }

  /** A connection is idle while who asked does nothing, not while the studio computes. */
  @Test
  void slowAnswersAreNotCutOff() throws IOException {
    LOGGED.clear();
    assertThat(get("/slow").text()).isEqualTo("at last");
    assertThat(get("/slowly").text()).isEqualTo("one two");
    assertThat(LOGGED).isEmpty();
  }
}
