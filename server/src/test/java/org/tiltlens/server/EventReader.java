package org.tiltlens.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/** Reads server-sent events of jobs. */
final class EventReader implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedReader lines;

  EventReader(InputStream in) {
    lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  /** The first event from now on of a job that is as wanted. */
  JsonNode await(String job, Predicate<JsonNode> wanted) throws IOException {
    while (true) {
      JsonNode event = next();
      if (event.get("job").asText().equals(job) && wanted.test(event)) {
        return event;
      }
    }
  }

  JsonNode awaitState(String job, String state) throws IOException {
    return await(job, event -> event.get("state").asText().equals(state));
  }

  private JsonNode next() throws IOException {
    StringBuilder data = new StringBuilder();
    while (true) {
      String line = lines.readLine();
      if (line == null) {
        throw new EOFException("no more events");
      }
      if (line.startsWith("data: ")) {
        data.append(line.substring("data: ".length())).append('\n');
      } else if (line.isEmpty() && data.length() > 0) {
        return JSON.readTree(data.toString());
      }
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
