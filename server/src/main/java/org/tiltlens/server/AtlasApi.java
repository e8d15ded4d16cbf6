package org.tiltlens.server;

import java.io.IOException;
import java.util.List;

/** How features lie to each other, as JSON and as a part of a feature's page. */
final class AtlasApi {
  private final Catalogue catalogue;

  AtlasApi(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
            Api.ROOT + "/features/{feature}/related", ask -> Answer.json(200, related(ask))),
        Route.get(
            Api.ROOT + "/coactivation",
            ask -> Answer.json(200, catalogue.atlas().measuring())),
        Route.post(
            Api.ROOT + "/coactivation", ask -> Answer.json(202, catalogue.atlas().measure())));
  }

  /** What is no API. */
  List<Route> pages() {
    return List.of(
        Route.get(
            "/features/{feature}/related",
            ask -> Answer.page(200, "server/related.jte", related(ask))));
  }

  private Related related(Ask ask) throws IOException {
    return Related.of(catalogue, catalogue.require(ask.number("feature")));
  }
}
