package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.feature.Objective;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.page.Quantity;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.study.GuidanceSpec;
import org.tiltlens.study.StudySpec;

/** Other work than exact samples: what is asked for, and what becomes of it over HTTP. */
class WorkTest {
  private static final String JOBS = "/api/v1/jobs";

  @TempDir private static Path folder;
  private static StudioFixture studio;
  private static Catalogue catalogue;

  @BeforeAll
  static void start() throws IOException {
    studio = StudioFixture.start(folder);
    catalogue =
        Catalogue.open(
            StudioFixture.bundle(),
            Files.createDirectories(folder.resolve("beside")),
            StudioFixture.EXECUTION,
            part -> {});
  }

  @AfterAll
  static void stop() throws IOException {
    catalogue.close();
    studio.close();
  }

  private static String started(String request) throws IOException {
    HttpResponse<String> answer = studio.post(JOBS, request);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return StudioFixture.json(answer).get("job").asText();
  }

  @Test
  void constantGuidanceIsThePublishedOne() {
    StudySpec spec = Led.CONSTANT.usual(catalogue, 3, 80);
    GuidanceSpec.Constant guidance = (GuidanceSpec.Constant) spec.guidance();
    assertThat(guidance.scale()).isEqualTo(1);
    assertThat(spec.respacing()).isEqualTo("1000");
    assertThat(spec.objective())
        .isEqualTo(new Objective.Clip(catalogue.statistics(3).sample().scoreAt(80)));
  }

  /** By the code that reads the command line's options of the same names. */
  @Test
  void stepsMayBeOthers() throws IOException {
    StepsChoice ddim = new StepsChoice("ddim", 0.5, 4, null);
    StudySpec exact =
        new VisualizeRequest(3, 80.0, null, 2, null, ddim).work(catalogue, null).spec();
    assertThat(exact.steps().form()).isEqualTo(new StepsSpec.Ddim(0.5));
    assertThat(exact.respacing()).isEqualTo("ddim4");
    assertThat(exact.guidance().pool()).isInstanceOf(PoolChoice.Drawn.class);
    StepsChoice heun = new StepsChoice("heun", null, null, "trailing5");
    CompareSpec compared =
        new CompareRequest(3, null, List.of("exact"), null, heun).work(catalogue, null).spec();
    assertThat(compared.form()).isEqualTo(new StepsSpec.Heun());
    assertThat(compared.respacing()).isEqualTo("trailing5");
    List<ComposeRequest.Part> unit = List.of(new ComposeRequest.Part(3, 90.0, null, null));
    assertThat(new ComposeRequest(unit, 2, null, heun).work(catalogue, null).spec().form())
        .isEqualTo(new StepsSpec.Heun());
    FrontierSpec cost =
        new FrontierRequest(3, 2, new StepsChoice("ddim", 0.5, 4, null))
            .work(catalogue, null)
            .spec();
    assertThat(cost.form()).isEqualTo(new StepsSpec.Ddim(0.5));
    assertThat(cost.respacing()).isEqualTo("ddim4");
    assertThat(cost.scales()).containsExactly(0.1, 1.0);
    // Constant guidance has no place in them.
    assertThat(new FrontierRequest(3, 2, heun).work(catalogue, null).spec().scales()).isEmpty();
    String page = studio.get("/features/3/levels?level=70&form=heun&respacing=trailing5").body();
    assertThat(page)
        .contains("data-fragment=\"/features/3/levels/70/tilt?form=heun&amp;respacing=trailing5\"")
        .contains("Constant guidance, as published: form heun has no place");
  }

  /** A title tells work from other work on the same feature. */
  @Test
  void titlesSayWhatIsNotUsual() {
    StepsChoice more = new StepsChoice(null, null, 5, null);
    assertThat(title(new VisualizeRequest(3, 80.0, null, null, null, more)))
        .isEqualTo("Feature 3 at the 80th percentile, 5 ddpm steps");
    String cap = Quantity.SCORE.text(catalogue.statistics(3).sample().scoreAt(80));
    assertThat(title(new VisualizeRequest(3, 80.0, Led.CONSTANT, null, null, null)))
        .isEqualTo("Feature 3, constant guidance up to score " + cap);
    assertThat(title(new CompareRequest(3, 99.5, List.of("exact"), null, more)))
        .isEqualTo(
            "Methods compared on feature 3 at the 99.5th percentile, 5 ddpm steps: KLSC, exact");
    List<String> five = List.of("top_k", "exact", "tilt", "pixel", "maco");
    assertThat(title(new CompareRequest(3, null, five, null, null)))
        .isEqualTo("5 methods compared on feature 3 at the 97th percentile");
  }

  private static String title(JobRequest request) {
    try {
      Work<?> work = request.work(catalogue, null);
      JobFile file =
          new JobFile(
              work.command().name(),
              work.plain(),
              StudioFixture.EXECUTION,
              "2026-11-28T21:00:00Z",
              null,
              null);
      return JobSubject.of(file, StudioFixture.STEPS).words();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void plugInGuidanceIsToldByTheBundlesPool() {
    StudySpec spec = Led.TILT.usual(catalogue, 3, 80);
    GuidanceSpec.Tilt guidance = (GuidanceSpec.Tilt) spec.guidance();
    assertThat(guidance.pool()).isNotNull();
    assertThat(spec.pilots()).isNotNull();
    assertThat(spec.target().percentile()).isEqualTo(80);
    assertThat(spec.steps()).isEqualTo(Led.EXACT.usual(catalogue, 3, 80).steps());
  }

  /** Both are drawn, and the page that has them side by side marks the level. */
  @Test
  void levelIsDrawnByOtherGuidanceToo() throws IOException {
    String ask = "{\"command\": \"visualize\", \"feature\": 3, \"percentile\": 70%s}";
    try (EventReader events = studio.events()) {
      String exact = started(ask.formatted(""));
      String tilt = started(ask.formatted(", \"guidance\": \"tilt\""));
      assertThat(tilt).isNotEqualTo(exact);
      events.awaitState(exact, "done");
      JsonNode done = events.awaitState(tilt, "done");
      assertThat(done.get("what").asText())
          .isEqualTo("Feature 3, tilt guidance at the 70th percentile");
      JsonNode result = studio.json(JOBS + "/" + tilt + "/result").at("/results/0");
      assertThat(result.get("guidance").asText()).isEqualTo("tilt");
      String page = studio.get("/features/3/levels?level=70").body();
      assertThat(page)
          .contains("/jobs/" + exact + "/files/", "/jobs/" + tilt + "/files/")
          .contains("not samples of it", "Of no tilt")
          .contains("<option value=\"70\"")
          .contains("data-fragment=\"/features/3/levels/70/constant\"");
      assertThat(studio.get("/features/3").body()).contains("<option value=\"70\"");
    }
  }

  @Test
  void featuresAreComposedAtLevelsAndPlaces() throws IOException {
    String ask =
        "{\"command\": \"compose\", \"count\": 2, \"units\": [{\"feature\": 3, \"percentile\": 60},"
            + " {\"feature\": 5, \"percentile\": 60, \"row\": 1, \"column\": 0}]}";
    try (EventReader events = studio.events()) {
      String job = started(ask);
      JsonNode done = events.awaitState(job, "done");
      assertThat(done.get("what").asText())
          .isEqualTo("Features 3 (P 60) and 5 at row 2, column 1 (P 60) together");
      JsonNode units = studio.json(JOBS + "/" + job + "/result").at("/spec/units");
      assertThat(units.at("/1/unit").asText()).isEqualTo("feature:5@pre@1,0");
      assertThat(units.at("/1/target/percentile").asDouble()).isEqualTo(60);
      assertThat(studio.get("/compose?job=" + job).body())
          .contains("name=\"place-1\" value=\"1,0\" aria-label=\"Row 2, column 1\" checked")
          .contains("value=\"60\"", "value=\"5\"")
          .contains("<iframe")
          .contains(done.get("page").asText());
      HttpResponse<String> page = studio.get(done.get("page").asText());
      assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
          .startsWith("sandbox;")
          .contains("frame-ancestors 'self'");
      assertServed(done);
    }
  }

  /** All that a page asks for, to the end. */
  @Test
  void methodsAreCompared() throws IOException {
    String ask = "{\"command\": \"compare\", \"feature\": 3, \"percentile\": 70, \"count\": 2}";
    try (EventReader events = studio.events()) {
      String job = started(ask);
      JsonNode done = events.awaitState(job, "done");
      assertThat(done.get("what").asText())
          .isEqualTo(
              "Methods compared on feature 3 at the 70th percentile, 2 images of each: top-K"
                  + " retrieval; KLSC, exact; KLSC, tilt; KLSC, constant scale, equal steps");
      JsonNode cells = studio.json(JOBS + "/" + job + "/result").get("results");
      assertThat(cells.findValuesAsText("method")).containsAll(CompareRequest.USUAL);
      assertThat(cells).allMatch(cell -> cell.path("failure").isMissingNode());
      String shown = done.get("shown").asText();
      assertThat(studio.get(shown).body()).contains("data-job=\"" + job + "\"", "<iframe");
      assertThat(studio.get("/features/3").body()).contains(shown.replace("&", "&amp;"));
      assertServed(done);
    }
  }

  /** The page that a job wrote, with the pictures that it shows. */
  private static void assertServed(JsonNode done) throws IOException {
    String address = done.get("page").asText();
    HttpResponse<String> page = studio.get(address);
    assertThat(page.statusCode()).isEqualTo(200);
    Matcher pictures =
        Pattern.compile("(?:src|href)=\"([^\":/#]+\\.(?:png|json|csv))\"").matcher(page.body());
    while (pictures.find()) {
      String picture = address.replaceFirst("[^/]*$", "") + pictures.group(1);
      assertThat(studio.bytes(picture).statusCode()).as(picture).isEqualTo(200);
    }
  }

  @Tag("slow")
  @Test
  void frontierIsDrawnToItsEnd() throws IOException {
    try (EventReader events = studio.events()) {
      String job = started("{\"command\": \"frontier\", \"feature\": 3, \"count\": 2}");
      assertServed(events.awaitState(job, "done"));
    }
  }

  /** It takes a while: it has begun is all that is waited for. */
  @Test
  void frontierIsStartedAndStopped() throws IOException {
    try (EventReader events = studio.events()) {
      String job = started("{\"command\": \"frontier\", \"feature\": 3}");
      JsonNode running = events.awaitState(job, "running");
      assertThat(running.get("what").asText()).isEqualTo("Frontier of feature 3");
      assertThat(studio.get("/features/3/frontier").body()).contains("data-job=\"" + job + "\"");
      assertThat(studio.post(JOBS + "/" + job + "/cancel").statusCode()).isEqualTo(202);
      events.awaitState(job, "stopped");
    }
  }

  @Test
  void frontierIsAskedForByAForm() throws IOException {
    String page = studio.get("/features/4/cost?count=3&form=heun&respacing=trailing5").body();
    assertThat(page)
        .contains("name=\"count\" min=\"2\" max=\"64\" step=\"1\" value=\"3\"")
        .contains("data-fragment=\"/features/4/frontier?count=3&amp;form=heun&amp;respacing=");
    assertThat(studio.get("/features/4/frontier?count=3&form=heun&respacing=trailing5").body())
        .contains("data-send=\"POST /api/v1/jobs\"")
        .contains("&#34;steps&#34; : {");
    assertThat(studio.get("/features/4/cost?form=magic").body())
        .contains("role=\"alert\"", "illegal form 'magic'");
    assertThat(studio.get("/features/4").body()).contains("href=\"/features/4/cost\"");
  }

  /** A job's own file may have fields of another release, and lack those that came later. */
  @Test
  void jobsOfOtherReleasesAreRead() throws IOException {
    Path job = Files.createDirectories(folder.resolve("jobs/frontier-feature-0-pre-995993ca"));
    Files.writeString(
        job.resolve("job.json"),
        """
        {"command": "frontier", "asked": "2026-11-28T14:53:39.649Z", "of_another_release": 1,
         "spec": {"best_of": [2, 4], "betas": [], "bundle": "/nowhere/", "count": 7, "exact": true,
          "feature": 0, "particles": 0, "prior_options": {}, "respacing": "3", "scales": [0.1, 1.0],
          "seed": 45, "top": [30, 9], "of_another_release": {"a": 1}},
         "execution": {"device": "cpu", "batch": 2, "threads": 2, "threads_per_image": 1}}
        """);
    JsonNode read = studio.json(JOBS + "/frontier-feature-0-pre-995993ca");
    assertThat(read.get("what").asText())
        .isEqualTo("Frontier of feature 0, 7 images at each setting");
    assertThat(read.get("state").asText()).isEqualTo("stopped");
    assertThat(studio.delete(JOBS + "/frontier-feature-0-pre-995993ca").statusCode())
        .isEqualTo(204);
  }

  /** One must not hide all others. */
  @Test
  void damagedJobsAreListed() throws IOException {
    Map<String, String> damaged =
        Map.of(
            "compose-of-no-unit", "{\"units\": [{\"target\": {\"percentile\": 90}}], \"count\": 2}",
            "explain-of-no-picture", "{\"unit\": \"feature:1@pre\", \"image\": \"/\"}",
            "visualize-of-nothing", "5");
    for (Map.Entry<String, String> one : damaged.entrySet()) {
      Files.writeString(
          Files.createDirectories(folder.resolve("jobs").resolve(one.getKey())).resolve("job.json"),
          """
          {"command": "%s", "asked": "2026-11-28T14:53:39.649Z", "spec": %s,
           "execution": {"device": "cpu", "batch": 2, "threads": 2, "threads_per_image": 1}}
          """
              .formatted(one.getKey().split("-")[0], one.getValue()));
      assertThat(studio.json(JOBS + "/" + one.getKey()).get("what").asText())
          .isEqualTo(one.getKey().split("-")[0]);
    }
    assertThat(studio.get("/jobs").statusCode()).isEqualTo(200);
    assertThat(studio.get("/compose?job=compose-of-no-unit").statusCode()).isEqualTo(200);
    assertThat(studio.get("/compose?job=%00").statusCode()).isEqualTo(404);
    for (String name : damaged.keySet()) {
      assertThat(studio.delete(JOBS + "/" + name).statusCode()).isEqualTo(204);
    }
  }

  /** No day of a calendar, which the page of jobs could not write. */
  @Test
  void jobOfNoTimeIsNone() throws IOException {
    String name = "frontier-feature-0-pre-995993cb";
    Path job = Files.createDirectories(folder.resolve("jobs").resolve(name)).resolve("job.json");
    for (String times :
        List.of(
            "\"asked\": \"+1000000000-12-31T23:59:59Z\"",
            "\"asked\": \"2026-11-28T14:53:39Z\", \"begun\": \"soon\"")) {
      Files.writeString(
          job,
          """
          {"command": "frontier", %s, "spec": {},
           "execution": {"device": "cpu", "batch": 2, "threads": 2, "threads_per_image": 1}}
          """
              .formatted(times));
      assertThat(studio.get(JOBS + "/" + name).statusCode()).isEqualTo(404);
      assertThat(studio.get("/jobs").statusCode()).isEqualTo(200);
    }
    Files.delete(job);
    Files.delete(job.getParent());
  }
}
