package org.tiltlens.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tiltlens.compare.Method;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsChoice;

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
        Route.get("/features/{feature}/levels", this::levels, Said.withSteps("level")),
        Route.get("/features/{feature}/levels/{percentile}/{guidance}", this::level, Said.STEPS),
        Route.get("/features/{feature}/compare", this::compare, CompareView.fields()),
        Route.get("/features/{feature}/compared", this::compared, CompareView.fields()),
        Route.get("/compose", this::compose, ComposeView.fields()),
        Route.get("/compose/{job}", ask -> started(composed(ask.part("job")))),
        Route.get("/help", ask -> Answer.page(200, "server/help.jte", HelpView.of(catalogue))));
  }

  /** What else can be asked of a feature. */
  MoreView more(int feature) throws IOException {
    return new MoreView(
        feature,
        drawn(feature),
        compared(feature, "", new CompareRequest(feature, null, null, null, null)),
        others(feature),
        FrontierView.of(
            catalogue, queue, feature, new Ask(Map.of(), Map.of(), ByteBuffer.allocate(0))));
  }

  /** Comparisons and frontiers of a feature that are done. */
  private List<JobView> others(int feature) throws IOException {
    return queue.all().stream()
        .filter(job -> job.state() == JobView.State.DONE && job.shown() != null)
        .filter(job -> Integer.valueOf(feature).equals(job.feature()))
        .filter(job -> List.of("compare", "frontier").contains(job.command()))
        .toList();
  }

  private static Answer started(StartedView view) {
    return Answer.page(200, "server/started.jte", view);
  }

  private StartedView compared(int feature, String query, CompareRequest request)
      throws IOException {
    String fragment = "/features/" + feature + "/compared" + (query.isEmpty() ? "" : "?" + query);
    return StartedView.of(catalogue, queue, fragment, request, "Compare methods");
  }

  /** What a form asks to compare. */
  private static CompareRequest comparison(Ask ask) {
    List<String> chosen =
        CompareView.METHODS.stream()
            .map(Method::key)
            .filter(key -> ask.given(key).isPresent())
            .toList();
    int count = ask.whole("count", 0, 2, JobRequest.MOST_IMAGES);
    return new CompareRequest(
        ask.number("feature"),
        ask.given("level").map(WorkViews::level).orElse(null),
        chosen.isEmpty() ? null : chosen,
        count == 0 ? null : Integer.valueOf(count),
        Said.steps(ask));
  }

  private Answer compared(Ask ask) throws IOException {
    return started(compared(ask.number("feature"), ask.address(), comparison(ask)));
  }

  private Answer compare(Ask ask) throws IOException {
    int feature = catalogue.statistics(ask.number("feature")).feature();
    List<String> chosen =
        CompareView.METHODS.stream()
            .map(Method::key)
            .filter(
                ask.query().isEmpty()
                    ? CompareRequest.USUAL::contains
                    : key -> ask.given(key).isPresent())
            .toList();
    StartedView started = null;
    String words = null;
    String refused = null;
    try {
      if (chosen.isEmpty()) {
        throw Refused.wrong("no method is chosen: choose one or more");
      }
      CompareRequest asked = comparison(ask);
      started = compared(feature, ask.address(), asked);
      words = asked.words(catalogue);
    } catch (Refused e) {
      refused = e.getMessage();
    }
    return Answer.page(
        200,
        "server/compare.jte",
        new CompareView(
            BundleView.of(catalogue),
            feature,
            new Said(ask.query()),
            chosen,
            words,
            started,
            refused));
  }

  private StartedView composed(String job) throws IOException {
    return new StartedView("/compose/" + job, "", "", queue.view(job));
  }

  private Answer compose(Ask ask) throws IOException {
    StartedView job = ask.given("job").isPresent() ? composed(ask.given("job").get()) : null;
    return Answer.page(
        200,
        "server/compose.jte",
        new ComposeView(
            BundleView.of(catalogue),
            catalogue.info().features(),
            catalogue.info().mapHeight(),
            catalogue.info().mapWidth(),
            said(ask),
            job));
  }

  /** What the form says: as it was sent, or as it would ask for a job. */
  private Said said(Ask ask) throws IOException {
    Map<String, String> said = new HashMap<>(ask.query());
    if (ask.given("feature").isPresent()) {
      said.putIfAbsent("feature-0", ask.given("feature").get());
    }
    if (ask.given("job").isPresent() && said.size() == 1) {
      JobFile file = folders.read(ask.given("job").get()).orElse(null);
      if (file != null && file.command().equals("compose")) {
        return ComposeView.of(file);
      }
    }
    return new Said(said);
  }

  private Answer levels(Ask ask) throws IOException {
    int feature = catalogue.statistics(ask.number("feature")).feature();
    double percentile = level(ask.given("level").orElse("97"));
    StepsChoice steps = Said.steps(ask);
    List<LevelView> rows = new ArrayList<>();
    List<String> without = new ArrayList<>();
    for (Led led : Led.values()) {
      try {
        rows.add(LevelView.of(catalogue, folders, queue, feature, percentile, led, steps));
      } catch (Refused e) {
        without.add(led.title() + ": " + e.getMessage());
      }
    }
    return Answer.page(
        200,
        "server/levels.jte",
        new LevelsView(
            BundleView.of(catalogue),
            feature,
            LevelView.text(percentile),
            rows,
            drawn(feature),
            new Said(ask.query()),
            without));
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
            Led.valueOf(ask.part("guidance").toUpperCase(Locale.ROOT)),
            Said.steps(ask)));
  }

  private static double level(String text) {
    if (!text.matches(Route.PERCENTILE) || !(Double.parseDouble(text) > 0)) {
      throw Refused.wrong(
          "level is '"
              + text
              + "', expected a percentile such as 97 or 99.5, with at most three digits after its"
              + " point");
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
