package org.tiltlens.server;

import java.io.IOException;
import java.util.List;
import org.tiltlens.harvest.DecoderDirections;

/** How features lie to each other, as JSON and as a part of a feature's page. */
final class AtlasApi {
  private final Catalogue catalogue;

  AtlasApi(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  List<Route> routes() {
    return List.of(
        Route.get(Api.ROOT + "/features/{feature}/related", ask -> Answer.json(200, related(ask))),
        Route.get(
            Api.ROOT + "/map",
            ask -> Answer.json(200, FeatureMap.of(catalogue, FeatureQuery.of(ask))),
            FeatureQuery.NAMES),
        Route.get(
            Api.ROOT + "/coactivation", ask -> Answer.json(200, catalogue.atlas().measuring())),
        Route.post(
            Api.ROOT + "/coactivation", ask -> Answer.json(202, catalogue.atlas().measure())));
  }

  /** What is no API. */
  List<Route> pages() {
    return List.of(
        Route.get("/map", this::map, FeatureQuery.NAMES),
        Route.get(
            "/features/{feature}/related",
            ask -> Answer.page(200, "server/related.jte", related(ask))));
  }

  private Answer map(Ask ask) throws IOException {
    FeatureQuery query = FeatureQuery.of(ask);
    DecoderDirections directions = catalogue.atlas().directions();
    return Answer.page(
        200,
        "server/map.jte",
        new MapView(
            FeaturesView.of(
                catalogue,
                BundleView.of(catalogue),
                new FeaturePage(catalogue.chosen(query).length, 0, List.of()),
                query),
            directions.shareX(),
            directions.shareY()));
  }

  private Related related(Ask ask) throws IOException {
    return Related.of(catalogue, catalogue.require(ask.number("feature")));
  }
}
