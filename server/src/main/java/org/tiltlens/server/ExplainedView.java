package org.tiltlens.server;

import java.io.IOException;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;

/**
 * A feature on a picture: its map, and why the picture drives it, explained or to be explained.
 *
 * @param picture the picture's name
 * @param feature its index
 * @param map where its activation map is, to lay over the picture
 * @param job that explains; null if nobody asked for it
 * @param result what it found; null if it is not done
 * @param damage why there is no result although the job is done; null otherwise
 */
record ExplainedView(
    String picture,
    int feature,
    String map,
    JobView job,
    ExplainResult.UnitResult result,
    String damage) {

  static ExplainedView of(
      Catalogue catalogue,
      SeenPictures seen,
      JobFolders folders,
      JobQueue queue,
      String picture,
      int feature)
      throws IOException {
    String name = ExplainRequest.work(catalogue, seen, picture, feature).name();
    JobView job = queue.find(name).orElse(null);
    ExplainResult.UnitResult result = null;
    String damage = null;
    if (job != null && job.state() == JobView.State.DONE) {
      try {
        result =
            RunFolder.finished(folders.of(name), ExplainResult.class)
                .flatMap(run -> run.results().stream().findFirst())
                .orElse(null);
      } catch (IllegalArgumentException e) {
        damage = e.getMessage();
      }
    }
    String map = Api.ROOT + "/images/" + picture + "/maps/" + feature + ".png";
    return new ExplainedView(picture, feature, map, job, result, damage);
  }

  /** Where this part of a page comes from. */
  String fragment() {
    return "/images/" + picture + "/explained/" + feature;
  }

  /** What asks for it. */
  String request() {
    return Json.write(new ExplainRequest(feature, picture));
  }

  /** Where a file of its result is. */
  String file(String name) {
    return Api.ROOT + "/jobs/" + job.job() + "/files/" + name;
  }
}
