package org.tiltlens.server;

import java.io.IOException;
import org.tiltlens.run.Json;

/**
 * A job that is or can be started, and the page that it writes.
 *
 * @param fragment where this part of a page comes from
 * @param request what asks for it
 * @param button what asking for it is called
 * @param job the job; null if nobody asked for it
 */
record StartedView(String fragment, String request, String button, JobView job) {
  static StartedView of(
      Catalogue catalogue, JobQueue queue, String fragment, JobRequest request, String button)
      throws IOException {
    String name = request.work(catalogue, null).name();
    return new StartedView(fragment, Json.write(request), button, queue.find(name).orElse(null));
  }
}
