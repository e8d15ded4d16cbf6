package org.tiltlens.server;

import java.io.IOException;
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
   * @param choice what would be written
   * @param far how far it is
   */
  record View(BundleView bundle, ExportChoice choice, Exporter.Far far) {

    /** What starts it. */
    String request() {
      return "POST " + with(Api.ROOT + "/export");
    }

    /** Where the part of the page comes from that changes. */
    String fragment() {
      return with("/export/far");
    }

    private String with(String path) {
      return choice.address().isEmpty() ? path : path + "?" + choice.address();
    }
  }

  List<Route> routes() {
    return List.of(
        Route.get(Api.ROOT + "/export", ask -> Answer.json(200, exporter.far())),
        Route.post(
            Api.ROOT + "/export",
            ask -> Answer.json(202, exporter.start(ExportChoice.of(catalogue, ask).features())),
            ExportChoice.NAMES));
  }

  /** What is no API. */
  List<Route> pages() {
    return List.of(
        Route.get("/export", ask -> page("server/export.jte", ask), ExportChoice.NAMES),
        Route.get("/export/far", ask -> page("server/exportfar.jte", ask), ExportChoice.NAMES));
  }

  private Answer page(String template, Ask ask) throws IOException {
    return Answer.page(
        200,
        template,
        new View(BundleView.of(catalogue), ExportChoice.of(catalogue, ask), exporter.far()));
  }
}
