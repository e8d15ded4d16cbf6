package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.tiltlens.page.Script;
import org.tiltlens.run.RunFolder;

/** What the studio answers as JSON and pictures; {@code openapi.json} beside it says the same. */
final class Api {
  /** What its paths start with. */
  static final String ROOT = "/api/v1";

  /** What pages of jobs call all their numbers. */
  private static final Set<String> NUMBERS =
      Set.of(RunFolder.RUN_JSON, "compare.json", "frontier.json");

  private final Catalogue catalogue;
  private final PictureCache pictures;
  private final SeenPictures seen;
  private final JobFolders folders;
  private final JobQueue queue;
  private final Feed feed;

  Api(
      Catalogue catalogue,
      PictureCache pictures,
      SeenPictures seen,
      JobFolders folders,
      JobQueue queue,
      Feed feed) {
    this.catalogue = catalogue;
    this.pictures = pictures;
    this.seen = seen;
    this.folders = folders;
    this.queue = queue;
    this.feed = feed;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
            ROOT + "/openapi.json",
            ask -> Answer.jsonText(200, Script.beside(Api.class, "openapi.json").text())),
        Route.get(ROOT + "/bundle", ask -> Answer.json(200, BundleView.of(catalogue))),
        Route.get(
            ROOT + "/features",
            ask -> Answer.json(200, catalogue.page(FeatureQuery.of(ask))),
            FeatureQuery.NAMES),
        Route.get(
            ROOT + "/features/{feature}",
            ask -> Answer.json(200, catalogue.feature(ask.number("feature")))),
        Route.get(
            ROOT + "/features/{feature}/strip.png",
            ask -> Answer.png(pictures.strip(ask.number("feature")))),
        Route.get(
            ROOT + "/features/{feature}/maps/{image}.png",
            ask -> Answer.png(pictures.map(ask.number("feature"), ask.number("image")))),
        Route.get(
            ROOT + "/corpus/{image}.png", ask -> Answer.png(pictures.image(ask.number("image")))),
        Route.get(ROOT + "/jobs", ask -> Answer.json(200, new JobList(queue.all()))),
        Route.postJson(ROOT + "/jobs", this::start),
        Route.get(ROOT + "/jobs/{job}", ask -> Answer.json(200, queue.view(ask.part("job")))),
        Route.delete(ROOT + "/jobs/{job}", this::delete),
        Route.post(ROOT + "/jobs/resume", this::resumeAll),
        Route.post(ROOT + "/jobs/{job}/resume", this::resume),
        Route.post(ROOT + "/jobs/{job}/cancel", this::cancel),
        Route.get(ROOT + "/jobs/{job}/result", this::result),
        Route.get(
            ROOT + "/jobs/{job}/classes",
            ask -> Answer.json(200, catalogue.judge().of(folders, ask.part("job")))),
        Route.post(
            ROOT + "/jobs/{job}/classes",
            ask -> Answer.json(202, catalogue.judge().ask(folders, ask.part("job")))),
        Route.get(ROOT + "/jobs/{job}/files/{file}", this::file),
        Route.get(
            ROOT + "/events",
            ask -> Answer.events(new EventStream(feed, feed.listen(), queue.live()))));
  }

  /**
   * All jobs.
   *
   * @param jobs those asked for last first
   */
  record JobList(List<JobView> jobs) {
    JobList {
      jobs = List.copyOf(jobs);
    }
  }

  private Answer start(Ask ask) throws IOException {
    Work<?> work = JobRequest.of(ask).work(catalogue, seen);
    boolean fresh = queue.start(work);
    String name = work.name();
    return Answer.json(fresh ? 201 : 200, queue.view(name))
        .with("Location", ROOT + "/jobs/" + name);
  }

  private Answer resume(Ask ask) throws IOException {
    queue.resume(ask.part("job"));
    return Answer.json(202, queue.view(ask.part("job")));
  }

  private Answer resumeAll(Ask ask) throws IOException {
    queue.resumeAll();
    return Answer.json(202, new JobList(queue.all()));
  }

  private Answer cancel(Ask ask) throws IOException {
    queue.cancel(ask.part("job"));
    return Answer.json(202, queue.view(ask.part("job")));
  }

  private Answer delete(Ask ask) throws IOException {
    queue.delete(ask.part("job"));
    return Answer.nothing(204);
  }

  private Answer result(Ask ask) throws IOException {
    return Answer.jsonText(200, Files.readString(finished(ask, RunFolder.RUN_JSON)));
  }

  /** A page, a picture or the numbers of a job that is done. */
  private Answer file(Ask ask) throws IOException {
    String name = ask.part("file");
    Path file = finished(ask, name);
    if (NUMBERS.contains(name)) {
      return Answer.jsonText(200, Files.readString(file));
    }
    if (name.endsWith(".png")) {
      return Answer.png(file);
    }
    if (name.equals("compare.csv")) {
      return Answer.csv(Files.readString(file));
    }
    if (name.endsWith(".html")) {
      return Answer.written(Files.readString(file));
    }
    throw Refused.missing("this file");
  }

  private Path finished(Ask ask, String name) throws IOException {
    String job = ask.part("job");
    if (queue.view(job).state() != JobView.State.DONE) {
      throw new Refused(404, "job '" + job + "' has no result yet");
    }
    return folders.file(job, name);
  }
}
