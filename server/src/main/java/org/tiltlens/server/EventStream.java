package org.tiltlens.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tiltlens.run.Json;

/**
 * News of jobs as server-sent events ({@code text/event-stream} of the HTML standard), until
 * whoever listens goes away or the studio ends.
 *
 * @param listener hears the news
 * @param first jobs as they are now
 */
record EventStream(Feed feed, Feed.Listener listener, List<JobView> first) implements Answer.Body {
  /** A comment as often as this shows whether anyone is there still, and keeps the line open. */
  private static final Duration BEAT = Duration.ofSeconds(10);

  EventStream {
    first = List.copyOf(first);
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    write(out, ": jobs\n\n");
    for (JobView job : first) {
      write(out, event(job));
    }
    try {
      while (!feed.isClosed()) {
        Optional<JobView> job = listener.next(BEAT);
        write(out, job.map(EventStream::event).orElse(":\n\n"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String event(JobView job) {
    return "event: job\n"
        + Json.write(job).lines().map(line -> "data: " + line).collect(Collectors.joining("\n"))
        + "\n\n";
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() {
    listener.close();
  }
}
