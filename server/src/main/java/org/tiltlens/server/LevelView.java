package org.tiltlens.server;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tiltlens.models.Prompt;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.page.Quantity;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.Caveats;
import org.tiltlens.study.GrownClass;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;

/**
 * Samples of a feature at a level, drawn or to be drawn.
 *
 * @param feature its index
 * @param percentile the level: of the corpus' scores, where the samples' mean score is
 * @param count how many samples
 * @param job that draws them; null if nobody asked for them
 * @param result what it found; null if it is not done
 * @param damage why there is no result although the job is done; null otherwise
 * @param led what leads the samples
 * @param seen what the judge sees in it; null if there is no result, or none that can tell
 * @param caption what they are samples of
 * @param steps of the prior; null for the usual ones
 */
record LevelView(
    int feature,
    double percentile,
    int count,
    JobView job,
    StudyResult.UnitResult result,
    String damage,
    Led led,
    Judge.Seen seen,
    String caption,
    StepsChoice steps) {

  static LevelView of(
      Catalogue catalogue,
      JobFolders folders,
      JobQueue queue,
      int feature,
      double percentile,
      Led led,
      StepsChoice steps)
      throws IOException {
    Work<StudySpec> work =
        new VisualizeRequest(feature, percentile, led, null, null, steps).work(catalogue, null);
    StudySpec spec = work.spec();
    String name = work.name();
    Optional<JobView> job = queue.find(name);
    StudyResult.UnitResult result = null;
    String damage = null;
    if (job.isPresent() && job.get().state() == JobView.State.DONE) {
      try {
        result =
            RunFolder.finished(folders.of(name), StudyResult.class)
                .flatMap(run -> run.results().stream().findFirst())
                .orElse(null);
      } catch (IllegalArgumentException e) {
        damage = e.getMessage();
      }
    }
    Judge.Seen seen =
        result != null && catalogue.judge().knows(spec)
            ? catalogue.judge().of(folders, name)
            : null;
    String told = Prompt.sentence(spec.models().priorOptions()).map(" "::concat).orElse("");
    return new LevelView(
        feature,
        percentile,
        spec.count(),
        job.orElse(null),
        result,
        damage,
        led,
        seen,
        led.caption() + told,
        steps);
  }

  /** The level as people read it. */
  String level() {
    return text(percentile);
  }

  /** A level as people read it. */
  static String text(double percentile) {
    return JobSubject.number(percentile);
  }

  /** Where this part of a page comes from. */
  String fragment() {
    boolean usual = led == Led.EXACT && steps == null;
    return "/features/"
        + feature
        + "/levels/"
        + level()
        + (usual ? "" : "/" + led.word())
        + (steps == null ? "" : "?" + address(steps));
  }

  /** Steps as parameters of an address. */
  static String address(StepsChoice steps) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("form", steps.form());
    said.put("eta", steps.eta());
    said.put("steps", steps.steps());
    said.put("respacing", steps.respacing());
    return said.entrySet().stream()
        .filter(one -> one.getValue() != null)
        .map(
            one ->
                one.getKey()
                    + "="
                    + URLEncoder.encode(String.valueOf(one.getValue()), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** What this part of a page is called. */
  String title() {
    return led == Led.EXACT ? level() + "th percentile" : led.title();
  }

  /** What asks for it. */
  String request() {
    return Json.write(
        new VisualizeRequest(
            feature, percentile, led == Led.EXACT ? null : led, null, null, steps));
  }

  /** Where a file of its result is. */
  String file(String name) {
    return Api.ROOT + "/jobs/" + job.job() + "/files/" + name;
  }

  /**
   * A number of the result.
   *
   * @param text with its error
   */
  record Line(Quantity quantity, String name, String text) {}

  /** What the result says of the tilt. */
  List<Line> lines() {
    return List.of(
            line(Quantity.SCORE, "mean score m", result.meanScore(), Estimates::meanScore),
            line(Quantity.KL, "KL", result.kl(), Estimates::kl),
            line(Quantity.LOG_Z, "log Z", result.logZ(), Estimates::logZ),
            line(
                Quantity.PATH_KL,
                "path KL",
                led == Led.EXACT ? null : result.pathKl(),
                Estimates::pathKl),
            line(Quantity.BETA, "β", result.beta(), estimates -> null),
            line(
                Quantity.EFFECTIVE_PATHS,
                "effective paths",
                result.annealed() == null ? null : result.annealed().effectivePaths(),
                estimates -> null))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Line> line(
      Quantity quantity, String name, Double value, Function<Estimates, Estimated> from) {
    if (value == null) {
      return Optional.empty();
    }
    String error =
        Optional.ofNullable(result.estimates())
            .map(from)
            .map(Estimated::standardError)
            .map(number -> " ± " + Quantity.STANDARD_ERROR.text(number))
            .orElse("");
    return Optional.of(new Line(quantity, name, quantity.text(value) + error));
  }

  /** What makes the judge look. */
  String judgement() {
    return "POST " + Api.ROOT + "/jobs/" + job.job() + "/classes";
  }

  /** A class that grew, in words. */
  static String words(GrownClass grown) {
    return "%s ± %s (prior %s)"
        .formatted(
            Quantity.CLASS_SHARE.text(grown.share()),
            Quantity.CLASS_SHARE.text(grown.standardError()),
            Quantity.CLASS_SHARE.text(grown.prior()));
  }

  /** What to know of the samples, a sentence without its stop; null if nothing. */
  String caveat() {
    return Caveats.text(result);
  }
}
