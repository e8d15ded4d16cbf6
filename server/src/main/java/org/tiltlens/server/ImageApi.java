package org.tiltlens.server;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the studio answers of pictures as JSON and PNG. */
final class ImageApi {
  /** Features of a picture, where nobody says how many. */
  static final int USUAL = 24;

  /** The same at a place. */
  static final int USUAL_THERE = 12;

  private static final int MOST = 200;
  private static final String PICTURE = Api.ROOT + "/images/{picture}";

  private final SeenPictures seen;

  ImageApi(SeenPictures seen) {
    this.seen = seen;
  }

  List<Route> routes() {
    return List.of(
        Route.get(Api.ROOT + "/images", ask -> Answer.json(200, new ImageList(seen.kept()))),
        Route.postImage(Api.ROOT + "/images", this::keep),
        Route.get(
            PICTURE,
            ask ->
                Answer.json(
                    200,
                    seen.detail(
                        ask.part("picture"), sort(ask), ask.whole("limit", USUAL, 1, MOST))),
            "sort",
            "limit"),
        Route.delete(PICTURE, this::delete),
        Route.get(PICTURE + "/picture.png", ask -> Answer.png(seen.picture(ask.part("picture")))),
        Route.get(
            PICTURE + "/maps/{feature}.png",
            ask -> Answer.png(seen.map(ask.part("picture"), ask.number("feature")))),
        Route.get(
            PICTURE + "/places/{row}/{column}",
            ask ->
                Answer.json(
                    200,
                    seen.place(
                        ask.part("picture"),
                        ask.number("row"),
                        ask.number("column"),
                        ask.whole("limit", USUAL_THERE, 1, MOST))),
            "limit"));
  }

  /**
   * Images that were sent.
   *
   * @param images their names, the last first
   */
  record ImageList(List<String> images) {
    ImageList {
      images = List.copyOf(images);
    }
  }

  static SeenPictures.Sort sort(Ask ask) {
    String name = ask.given("sort").orElse("deviations");
    return Stream.of(SeenPictures.Sort.values())
        .filter(sort -> sort.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () -> Refused.wrong("sort is '" + name + "', expected one of deviations, score"));
  }

  private Answer keep(Ask ask) throws IOException {
    String name = seen.keep(ask.body());
    return Answer.json(201, seen.detail(name, SeenPictures.Sort.DEVIATIONS, USUAL))
        .with("Location", Api.ROOT + "/images/" + name);
  }

  private Answer delete(Ask ask) throws IOException {
    seen.delete(ask.part("picture"));
    return Answer.nothing(204);
  }
}
