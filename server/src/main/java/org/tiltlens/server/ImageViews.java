package org.tiltlens.server;

import java.io.IOException;
import java.util.List;

/** What the studio answers of pictures as pages. */
final class ImageViews {
  private static final String PICTURE = "/images/{picture}";
  private static final int MOST_INDEX = 999_999_999;

  private final Catalogue catalogue;
  private final SeenPictures seen;
  private final JobFolders folders;
  private final JobQueue queue;

  ImageViews(Catalogue catalogue, SeenPictures seen, JobFolders folders, JobQueue queue) {
    this.catalogue = catalogue;
    this.seen = seen;
    this.folders = folders;
    this.queue = queue;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/images", this::images, "corpus"),
        Route.get(PICTURE, this::image, "sort", "feature", "row", "column"),
        Route.get(
            PICTURE + "/places/{row}/{column}",
            ask ->
                Answer.page(
                    200, "server/place.jte", place(ask, ask.number("row"), ask.number("column")))),
        Route.get(
            PICTURE + "/explained/{feature}",
            ask ->
                Answer.page(200, "server/explained.jte", explained(ask, ask.number("feature")))));
  }

  private Answer images(Ask ask) throws IOException {
    if (ask.given("corpus").isPresent()) {
      int last = catalogue.corpus().size() - 1;
      return Answer.seeOther("/images/corpus-" + ask.whole("corpus", 0, 0, last));
    }
    return Answer.page(
        200,
        "server/images.jte",
        new ImagesView(BundleView.of(catalogue), catalogue.corpus().size(), seen.kept()));
  }

  private Answer image(Ask ask) throws IOException {
    PictureDetail picture = seen.detail(ask.part("picture"), ImageApi.sort(ask), ImageApi.USUAL);
    int feature = ask.whole("feature", -1, 0, MOST_INDEX);
    if (feature < 0) {
      feature = picture.features().isEmpty() ? -1 : picture.features().get(0).feature();
    }
    boolean placed = ask.given("row").isPresent() && ask.given("column").isPresent();
    return Answer.page(
        200,
        "server/image.jte",
        new ImageView(
            BundleView.of(catalogue),
            picture,
            ImageApi.sort(ask),
            feature < 0 ? null : explained(ask, feature),
            placed
                ? place(
                    ask,
                    ask.whole("row", 0, 0, picture.rows() - 1),
                    ask.whole("column", 0, 0, picture.columns() - 1))
                : null));
  }

  private PlaceDetail place(Ask ask, int row, int column) throws IOException {
    return seen.place(ask.part("picture"), row, column, ImageApi.USUAL_THERE);
  }

  private ExplainedView explained(Ask ask, int feature) throws IOException {
    catalogue.statistics(feature);
    return ExplainedView.of(catalogue, seen, folders, queue, ask.part("picture"), feature);
  }
}
