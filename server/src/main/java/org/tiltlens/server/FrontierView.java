package org.tiltlens.server;

import java.io.IOException;
import java.util.List;
import org.tiltlens.models.StepsChoice;

/**
 * What driving a feature costs, as a page of its own and as a part of the feature's.
 *
 * @param feature its index
 * @param said what the form says
 * @param words what it asks for; null if there can be none
 * @param started the frontier that it asks for; null if there can be none
 * @param refused why there can be none; null otherwise
 */
record FrontierView(
    BundleView bundle, int feature, Said said, String words, StartedView started, String refused) {
  private static final String COUNT = "count";

  /** The page, and the part of it that follows the job. */
  static List<Route> routes(Catalogue catalogue, JobQueue queue) {
    return List.of(
        Route.get(
            "/features/{feature}/cost",
            ask ->
                Answer.page(
                    200, "server/frontier.jte", of(catalogue, queue, feature(catalogue, ask), ask)),
            Said.withSteps(COUNT)),
        Route.get(
            "/features/{feature}/frontier",
            ask ->
                Answer.page(
                    200,
                    "server/started.jte",
                    started(catalogue, queue, feature(catalogue, ask), ask)),
            Said.withSteps(COUNT)));
  }

  private static int feature(Catalogue catalogue, Ask ask) {
    return catalogue.statistics(ask.number("feature")).feature();
  }

  /** What a form asks for; without fields the usual frontier. */
  static FrontierView of(Catalogue catalogue, JobQueue queue, int feature, Ask form)
      throws IOException {
    StartedView started = null;
    String words = null;
    String refused = null;
    try {
      started = started(catalogue, queue, feature, form);
      words = request(feature, form).words(catalogue);
    } catch (Refused e) {
      refused = e.getMessage();
    }
    return new FrontierView(
        BundleView.of(catalogue), feature, new Said(form.query()), words, started, refused);
  }

  private static StartedView started(Catalogue catalogue, JobQueue queue, int feature, Ask form)
      throws IOException {
    String address = form.address();
    return StartedView.of(
        catalogue,
        queue,
        "/features/" + feature + "/frontier" + (address.isEmpty() ? "" : "?" + address),
        request(feature, form),
        "Draw the frontier");
  }

  private static FrontierRequest request(int feature, Ask form) {
    int count = form.whole(COUNT, 0, 2, JobRequest.MOST_IMAGES);
    StepsChoice steps = Said.steps(form);
    return new FrontierRequest(feature, count == 0 ? null : Integer.valueOf(count), steps);
  }
}
