package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who says nothing, or reads nothing, is cut off, and keeps nobody waiting. */
class SlowClientTest {
  /** Far above the half minute after which the studio gives up. */
  private static final int PATIENCE_MS = 120_000;

  private static final int LOOK_MS = 200;
  private static final int SMALL = 1024;

  @TempDir private Path folder;

  private static Socket connect(int port, String words) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(SMALL);
    socket.setSoTimeout(PATIENCE_MS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.getOutputStream().write(words.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    return socket;
  }

  private static String asked(String method, String path) {
    return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  }

  /** Reads to the end, which the studio makes. */
  private static String rest(Socket socket) throws IOException {
    try (InputStream in = socket.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketException e) {
      // Reset: cut off all the same.
      return "";
    }
  }

  /** Until nobody is at the other end, who would read what is sent and never answered. */
  private static void awaitReset(Socket socket) throws Exception {
    for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      try {
        socket.getOutputStream().write('\n');
        Thread.sleep(LOOK_MS);
      } catch (SocketException e) {
        return;
      }
    }
    throw new AssertionError("still connected");
  }

  @Test
  void whoIsSlowIsCutOff() throws Exception {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      List<Socket> slow = new ArrayList<>();
      // Half a head; half a body; a head and then nobody who reads the many answers.
      slow.add(connect(studio.port(), "GET /api/v1/bundle HTTP/1.1\r\nHost: 127"));
      slow.add(
          connect(
              studio.port(),
              asked("POST", "/api/v1/jobs")
                  + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"com"));
      slow.add(connect(studio.port(), (asked("GET", "/api/v1/openapi.json") + "\r\n").repeat(300)));
      assertThat(studio.get("/api/v1/bundle").statusCode()).isEqualTo(200);
      // Of what is no request there is nothing to say.
      assertThat(rest(slow.get(0))).hasSizeLessThan(SMALL);
      assertThat(rest(slow.get(1))).startsWith("HTTP/1.1 408").contains("the body stopped coming");
      awaitReset(slow.get(2));
      assertThat(studio.get("/api/v1/bundle").statusCode()).isEqualTo(200);
    }
  }
}
