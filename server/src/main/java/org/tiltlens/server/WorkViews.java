package org.tiltlens.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tiltlens.jobs.Jobs;

/** What the studio answers of work on features as pages and parts of pages. */
final class WorkViews {
  private final Catalogue catalogue;
  private final JobFolders folders;
  private final JobQueue queue;

  WorkViews(Catalogue catalogue, JobFolders folders, JobQueue queue) {
    this.catalogue = catalogue;
    this.folders = folders;
    this.queue = queue;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/features/{feature}/levels", this::levels, "level"),
        Route.get("/features/{feature}/levels/{percentile}/{guidance}", this::level),
        Route.get(
            "/features/{feature}/compared",
            ask -> started(compared(catalogue.statistics(ask.number("feature")).feature()))),
        Route.get(
            "/features/{feature}/frontier",
            ask -> started(frontier(catalogue.statistics(ask.number("feature")).feature()))),
        Route.get("/compose", this::compose, "feature", "job"),
        Route.get("/compose/{job}", ask -> started(composed(ask.part("job")))));
  }

  /** What else can be asked of a feature. */
  MoreView more(int feature) throws IOException {
    return new MoreView(feature, drawn(feature), compared(feature), frontier(feature));
  }

  private static Answer started(StartedView view) {
    return Answer.page(200, "server/started.jte", view);
  }

  private StartedView compared(int feature) throws IOException {
    return StartedView.of(
        catalogue,
        queue,
        "/features/" + feature + "/compared",
        new CompareRequest(feature, null, null, null),
        "Compare methods");
  }

  private StartedView frontier(int feature) throws IOException {
    return StartedView.of(
        catalogue,
        queue,
        "/features/" + feature + "/frontier",
        new FrontierRequest(feature, null),
        "Draw the frontier");
  }

  private StartedView composed(String job) throws IOException {
    return new StartedView("/compose/" + job, "", "", queue.view(job));
  }

  private Answer compose(Ask ask) throws IOException {
    int features = catalogue.info().features();
    return Answer.page(
        200,
        "server/compose.jte",
        new ComposeView(
            BundleView.of(catalogue),
            features,
            catalogue.info().mapHeight(),
            catalogue.info().mapWidth(),
            ask.given("feature").isPresent() ? ask.whole("feature", 0, 0, features - 1) : null,
            ask.given("job").isPresent() ? composed(ask.given("job").get()) : null));
  }

  private Answer levels(Ask ask) throws IOException {
    int feature = ask.number("feature");
    double percentile = level(ask.given("level").orElse("97"));
    List<LevelView> rows = new ArrayList<>();
    for (Led led : Led.values()) {
      rows.add(LevelView.of(catalogue, folders, queue, feature, percentile, led));
    }
    return Answer.page(
        200,
        "server/levels.jte",
        new LevelsView(
            BundleView.of(catalogue), feature, rows.get(0).level(), rows, drawn(feature)));
  }

  private Answer level(Ask ask) throws IOException {
    return Answer.page(
        200,
        "server/level.jte",
        LevelView.of(
            catalogue,
            folders,
            queue,
            ask.number("feature"),
            level(ask.part("percentile")),
            Led.valueOf(ask.part("guidance").toUpperCase(Locale.ROOT))));
  }

  private static double level(String text) {
    if (!text.matches(Route.PERCENTILE) || !(Double.parseDouble(text) > 0)) {
      throw Refused.wrong(
          "level is '"
              + text
              + "', expected a percentile such as 97 or 99.5, above 0 and below"
              + " 100");
    }
    return Double.parseDouble(text);
  }

  /** Levels of a feature of which there are exact samples. */
  private List<String> drawn(int feature) throws IOException {
    List<String> drawn = new ArrayList<>();
    queue.all().stream()
        .filter(job -> job.state() == JobView.State.DONE)
        .filter(job -> job.percentile() != null && Integer.valueOf(feature).equals(job.feature()))
        .filter(
            job ->
                new Work<>(Jobs.VISUALIZE, Led.EXACT.usual(catalogue, feature, job.percentile()))
                    .name()
                    .equals(job.job()))
        .map(JobView::percentile)
        .distinct()
        .sorted()
        .forEach(percentile -> drawn.add(LevelView.text(percentile)));
    return drawn;
  }
}
