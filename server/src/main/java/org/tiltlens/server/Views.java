package org.tiltlens.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tiltlens.harvest.CreditsFile;
import org.tiltlens.page.Script;
import org.tiltlens.page.Style;

/** What the studio answers as pages. */
final class Views {
  private final Catalogue catalogue;
  private final JobFolders folders;
  private final JobQueue queue;
  private final WorkViews works;
  private final BundleView bundle;

  /** Files of this module by their names. */
  private final Map<String, Answer> assets =
      Map.of(
          "studio.css",
              Answer.asset(
                  "text/css; charset=utf-8",
                  Style.text()
                      + own("studio.css")
                      + own("dictionary.css")
                      + own("image.css")
                      + own("work.css")),
          "grid.js", Answer.asset("text/javascript; charset=utf-8", own("grid.js")),
          "image.js", Answer.asset("text/javascript; charset=utf-8", own("image.js")),
          "map.js", Answer.asset("text/javascript; charset=utf-8", own("map.js")),
          "notes.js", Answer.asset("text/javascript; charset=utf-8", own("notes.js")),
          "related.js", Answer.asset("text/javascript; charset=utf-8", own("related.js")),
          "work.js", Answer.asset("text/javascript; charset=utf-8", own("work.js")),
          "studio.js", Answer.asset("text/javascript; charset=utf-8", own("studio.js")),
          "icon.svg", Answer.asset("image/svg+xml", own("icon.svg")));

  Views(Catalogue catalogue, JobFolders folders, JobQueue queue, WorkViews works) {
    this.catalogue = catalogue;
    this.folders = folders;
    this.queue = queue;
    this.works = works;
    bundle = BundleView.of(catalogue);
  }

  private static String own(String name) {
    return Script.beside(Views.class, name).text();
  }

  List<Route> routes() {
    return List.of(
        Route.get("/", this::features, FeatureQuery.NAMES),
        Route.get("/features/{feature}", this::feature),
        Route.get("/features/{feature}/levels/{percentile}", this::level),
        Route.get("/credits", ask -> credits()),
        Route.get("/jobs", ask -> jobs("server/jobs.jte")),
        Route.get("/jobs/list", ask -> jobs("server/joblist.jte")),
        Route.get("/assets/{asset}", this::asset));
  }

  private Answer features(Ask ask) throws IOException {
    FeatureQuery query = FeatureQuery.of(ask);
    return Answer.page(
        200,
        "server/features.jte",
        FeaturesView.of(catalogue, bundle, catalogue.page(query), query));
  }

  private Answer feature(Ask ask) throws IOException {
    FeatureDetail feature = catalogue.feature(ask.number("feature"));
    List<LevelView> levels = new ArrayList<>();
    for (double percentile : BundleView.LEVELS) {
      levels.add(level(feature.feature(), percentile));
    }
    return Answer.page(
        200,
        "server/feature.jte",
        new FeatureView(
            bundle,
            feature,
            levels,
            catalogue.notes().of(feature.feature()),
            Related.of(catalogue, feature.feature()),
            works.more(feature.feature())));
  }

  private Answer credits() throws IOException {
    if (!bundle.credited()) {
      throw Refused.missing("a page of credits");
    }
    return Answer.written(CreditsFile.html(catalogue.bundle()));
  }

  private Answer level(Ask ask) throws IOException {
    int feature = ask.number("feature");
    double percentile = Double.parseDouble(ask.part("percentile"));
    if (!(percentile > 0)) {
      throw Refused.missing("this level");
    }
    catalogue.statistics(feature);
    return Answer.page(200, "server/level.jte", level(feature, percentile));
  }

  private LevelView level(int feature, double percentile) throws IOException {
    return LevelView.of(catalogue, folders, queue, feature, percentile, Led.EXACT, null);
  }

  private Answer jobs(String template) throws IOException {
    return Answer.page(200, template, new JobsView(bundle, queue.all()));
  }

  private Answer asset(Ask ask) {
    Answer asset = assets.get(ask.part("asset"));
    if (asset == null) {
      throw Refused.missing("this file");
    }
    return asset;
  }
}
