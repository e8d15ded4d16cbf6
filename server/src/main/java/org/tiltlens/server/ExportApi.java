package org.tiltlens.server;

import java.util.List;

/** Starts an export and follows it. */
final class ExportApi {
  private final Exporter exporter;
  private final Catalogue catalogue;

  ExportApi(Exporter exporter, Catalogue catalogue) {
    this.exporter = exporter;
    this.catalogue = catalogue;
  }

  /**
   * The page of the export.
   *
   * @param far how far it is
   */
  record View(BundleView bundle, Exporter.Far far) {}

  List<Route> routes() {
    return List.of(
        Route.get(Api.ROOT + "/export", ask -> Answer.json(200, exporter.far())),
        Route.post(Api.ROOT + "/export", ask -> Answer.json(202, exporter.start())));
  }

  /** What is no API. */
  List<Route> pages() {
    return List.of(
        Route.get("/export", ask -> page("server/export.jte")),
        Route.get("/export/far", ask -> page("server/exportfar.jte")));
  }

  private Answer page(String template) {
    return Answer.page(200, template, new View(BundleView.of(catalogue), exporter.far()));
  }
}
