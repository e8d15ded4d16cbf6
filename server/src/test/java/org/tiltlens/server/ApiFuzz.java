package org.tiltlens.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Sends requests that are broken everywhere to a studio, and looks at what becomes of it.
 *
 * <p>{@code ApiFuzz FOLDER REQUESTS [SEED]}: a studio of the tiny bundle, in a process of its own
 * under {@code -Xmx1g}, whose memory and open files are told as it goes.
 */
final class ApiFuzz {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE_MS = 120_000;
  private static final int LOOKS = 20;

  /** Requests before a fault that are told: an answer too many shows a request later. */
  private static final int TOLD = 4;

  private final int port;
  private final BrokenRequests requests;
  private final Map<Integer, Integer> statuses = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();

  ApiFuzz(int port, JsonNode document, long seed) {
    this.port = port;
    requests = new BrokenRequests(document, seed);
  }

  /** How often each status was answered. */
  Map<Integer, Integer> statuses() {
    return statuses;
  }

  /** Answers of 500, refusals that are no JSON, and requests without an answer. */
  List<String> faults() {
    return faults;
  }

  /** Sends more of them. */
  void send(int many) throws IOException {
    try (RawConnection connection = new RawConnection(port, PATIENCE_MS)) {
      ArrayDeque<String> before = new ArrayDeque<>();
      for (int i = 0; i < many; i++) {
        BrokenRequests.Request request = requests.next();
        try {
          RawConnection.Reply reply = connection.send(request.bytes(), request.bodiless());
          before.add(text(request) + " -> " + reply.status());
          if (before.size() > TOLD) {
            before.remove();
          }
          statuses.merge(reply.status(), 1, Integer::sum);
          look(request, reply);
        } catch (IOException | RuntimeException e) {
          // What an earlier answer left behind would be read as this one's.
          faults.add(request.name() + ": " + e + " to " + text(request) + " after " + before);
          before.clear();
          connection.close();
        }
      }
    }
  }

  private void look(BrokenRequests.Request request, RawConnection.Reply reply) throws IOException {
    if (reply.status() >= 500 && reply.status() != 503) {
      faults.add(request.name() + ": " + reply.status() + " to " + text(request));
    }
    boolean json = "application/json".equals(reply.headers().get("content-type"));
    if (json && reply.body().length > 0) {
      JsonNode body = JSON.readTree(reply.body());
      if (reply.status() >= 400 && !body.has("error")) {
        faults.add(request.name() + ": a refusal without a reason: " + body);
      }
      if (reply.status() == 201 && body.has("job")) {
        requests.know(body.get("job").asText());
      }
    }
  }

  private static String text(BrokenRequests.Request request) {
    String text = new String(request.bytes(), StandardCharsets.ISO_8859_1);
    return text.substring(0, Math.min(600, text.length())).replace("\r\n", "\\n");
  }

  /** Resident memory of a process in MB, and how many files it has open. */
  static long[] look(long pid) throws IOException {
    long kilobytes =
        Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return new long[] {kilobytes >> 10, open.count()};
    }
  }

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    int many = Integer.parseInt(args[1]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
    Path bundle = Path.of(StudioFixture.bundle().root());
    try (OwnStudio studio = OwnStudio.start(bundle, folder, "-Xmx1g")) {
      JsonNode document = JSON.readTree(studio.ask("GET", "/api/v1/openapi.json", null).body());
      int port = Integer.parseInt(studio.root().replaceFirst(".*:", ""));
      ApiFuzz fuzz = new ApiFuzz(port, document, seed);
      for (int look = 1; look <= LOOKS; look++) {
        fuzz.send(many / LOOKS);
        long[] now = look(studio.pid());
        System.out.printf(
            "%7d requests  %5d MB resident  %4d files open  %s%n",
            look * (many / LOOKS), now[0], now[1], fuzz.statuses());
      }
      System.out.println(fuzz.faults().size() + " faults");
      fuzz.faults().stream().limit(40).forEach(System.out::println);
    }
  }
}
