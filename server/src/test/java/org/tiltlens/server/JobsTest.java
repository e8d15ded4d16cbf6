package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/** Jobs: started, followed, stopped, found again and deleted over HTTP. */
class JobsTest {
  private static final String JOBS = "/api/v1/jobs";

  @TempDir private Path folder;

  private static List<String> names(StudioFixture studio) throws IOException {
    List<String> names = new ArrayList<>();
    studio.json(JOBS).get("jobs").forEach(job -> names.add(job.get("job").asText()));
    return names;
  }

  @Test
  void drawsWhatTheLibraryDraws() throws IOException {
    try (StudioFixture studio = StudioFixture.start(folder.resolve("studio"));
        EventReader events = studio.events()) {
      String job = studio.draw(3, 80, 2);
      JsonNode done = events.awaitState(job, "done");
      assertThat(done.get("feature").asInt()).isEqualTo(3);
      assertThat(done.get("percentile").asDouble()).isEqualTo(80);

      StudySpec spec =
          StudySpec.exact(StudioFixture.bundle(), "feature:3@pre", Target.percentile(80))
              .withCount(2);
      StudyResult own =
          Jobs.VISUALIZE.run(spec, StudioFixture.EXECUTION, folder.resolve("own"), Progress.SILENT);
      JsonNode found = studio.json(JOBS + "/" + job + "/result").get("results").get(0);
      assertThat(found.get("log_z").asDouble()).isEqualTo(own.results().get(0).logZ());
      String file = own.results().get(0).images().get(1).file();
      assertThat(studio.bytes(JOBS + "/" + job + "/files/" + file).body())
          .isEqualTo(Files.readAllBytes(folder.resolve("own").resolve(file)));

      HttpResponse<String> page = studio.get(done.get("page").asText());
      assertThat(page.body()).contains("What feature 3 responds to");
      assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
          .startsWith("sandbox; default-src 'none'")
          .doesNotContain("script-src");
    }
  }

  @Test
  void sameRequestIsTheSameJob() throws IOException {
    try (StudioFixture studio = StudioFixture.start(folder);
        EventReader events = studio.events()) {
      String job = studio.draw(4, 80, 1);
      assertThat(studio.draw(4, 80, 1)).isEqualTo(job);
      assertThat(studio.draw(4, 85, 1)).isNotEqualTo(job);
      events.awaitState(job, "done");
      assertThat(studio.draw(4, 80, 1)).isEqualTo(job);
      assertThat(studio.json(JOBS + "/" + job).get("state").asText()).isEqualTo("done");
      assertThat(names(studio)).hasSize(2);
    }
  }

  @Test
  void oneRunsAndOthersWait() throws IOException {
    try (StudioFixture studio = StudioFixture.start(slow(), folder);
        EventReader events = studio.events()) {
      String first = studio.draw(1, 80, 1);
      events.awaitState(first, "running");
      String second = studio.draw(2, 80, 1);
      JsonNode queued = studio.json(JOBS + "/" + second);
      assertThat(queued.get("state").asText()).isEqualTo("queued");
      assertThat(queued.get("place").asInt()).isEqualTo(1);
      String third = studio.draw(3, 80, 1);
      assertThat(studio.json(JOBS + "/" + third).get("line").asText())
          .isEqualTo("waits, number 2 in the queue");
      assertThat(studio.delete(JOBS + "/" + second).statusCode()).isEqualTo(409);
      assertThat(studio.post(JOBS + "/" + second + "/resume").statusCode()).isEqualTo(409);

      assertThat(studio.post(JOBS + "/" + second + "/cancel").statusCode()).isEqualTo(202);
      events.awaitState(second, "stopped");
      assertThat(studio.json(JOBS + "/" + third).get("place").asInt()).isEqualTo(1);
      assertThat(studio.get("/jobs").body())
          .contains("Stopped before its turn came: nothing was done yet.")
          .doesNotContain("what was done is kept");
      assertThat(studio.post(JOBS + "/" + third + "/cancel").statusCode()).isEqualTo(202);
      assertThat(studio.delete(JOBS + "/" + third).statusCode()).isEqualTo(204);
      assertThat(studio.post(JOBS + "/" + second + "/cancel").statusCode()).isEqualTo(409);
      assertThat(studio.delete(JOBS + "/" + second).statusCode()).isEqualTo(204);
      assertThat(names(studio)).containsExactly(first);
      assertThat(folder.resolve("jobs").resolve(second)).doesNotExist();
    }
  }

  /** Without a pool, whose drawing takes a while. */
  private Bundle slow() throws IOException {
    Bundle bundle = StudioFixture.bundle();
    Path manifest = Path.of(bundle.root()).resolve("bundle.json");
    Path other = folder.resolve("slow");
    NoiseBundle.copy(Path.of(bundle.root()), other);
    Files.writeString(
        other.resolve("bundle.json"),
        Files.readString(manifest)
            .replace("\"pool\": \"pool\", ", "")
            .replace("\"respacing\": \"3\"", "\"respacing\": \"20\""));
    return Bundle.at(other);
  }

  @Test
  void restartFindsWhatIsDoneAndWhatIsNot() throws IOException {
    String done;
    String began;
    String waited;
    try (StudioFixture studio = StudioFixture.start(folder);
        EventReader events = studio.events()) {
      done = studio.draw(5, 80, 1);
      events.awaitState(done, "done");
    }
    Bundle slow = slow();
    try (StudioFixture studio = StudioFixture.start(slow, folder);
        EventReader events = studio.events()) {
      assertThat(names(studio)).containsExactly(done);
      began = studio.draw(6, 80, 1);
      events.awaitState(began, "running");
      waited = studio.draw(7, 80, 1);
    }
    try (StudioFixture studio = StudioFixture.start(slow, folder);
        EventReader events = studio.events()) {
      assertThat(names(studio)).hasSize(3).contains(done, waited);
      assertThat(studio.json(JOBS + "/" + done).get("state").asText()).isEqualTo("done");
      assertThat(studio.json(JOBS + "/" + waited).get("state").asText()).isEqualTo("stopped");
      assertThat(studio.json(JOBS + "/" + began).has("begun")).isTrue();
      assertThat(studio.json(JOBS + "/" + waited).has("begun")).isFalse();
      assertThat(studio.get("/jobs").body())
          .contains("Go on with all 2 that are stopped", "what was done is kept")
          .contains("nothing was done yet");
      assertThat(studio.post(JOBS + "/resume").statusCode()).isEqualTo(202);
      events.awaitState(began, "running");
      assertThat(studio.json(JOBS + "/" + waited).get("place").asInt()).isEqualTo(1);
      assertThat(studio.post(JOBS + "/resume").statusCode()).isEqualTo(409);
    }
  }

  @Test
  void failureIsToldAndKept() throws IOException {
    Bundle bundle;
    try (StudioFixture studio = StudioFixture.start(folder)) {
      bundle = slow();
    }
    Files.writeString(Path.of(bundle.root()).resolve("adm_unet.pt"), "no network");
    String job;
    try (StudioFixture studio = StudioFixture.start(bundle, folder);
        EventReader events = studio.events()) {
      job = studio.draw(1, 80, 1);
      String told = events.awaitState(job, "failed").get("failure").asText();
      assertThat(told).contains("adm_unet.pt");
      assertThat(told).doesNotContain("\n");
    }
    try (StudioFixture studio = StudioFixture.start(bundle, folder)) {
      JsonNode found = studio.json(JOBS + "/" + job);
      assertThat(found.get("state").asText()).isEqualTo("failed");
      assertThat(found.get("failure").asText()).contains("adm_unet.pt");
    }
  }

  @Test
  void queueIsBounded() throws IOException {
    try (StudioFixture studio = StudioFixture.start(slow(), folder)) {
      for (int i = 0; i < JobQueue.MOST; i++) {
        studio.draw(i, 80, 1);
      }
      HttpResponse<String> answer =
          studio.post(JOBS, "{\"command\": \"visualize\", \"feature\": 17, \"percentile\": 80}");
      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(names(studio)).hasSize(JobQueue.MOST);
    }
  }

  @Test
  void wrongRequestsStartNothing() throws IOException {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      for (String wrong :
          List.of(
              "",
              "{",
              "[]",
              "{}",
              "{\"command\": \"demo\", \"feature\": 1, \"percentile\": 90}",
              "{\"command\": \"visualize\", \"percentile\": 90}",
              "{\"command\": \"visualize\", \"feature\": 1}",
              "{\"command\": \"visualize\", \"feature\": -1, \"percentile\": 90}",
              "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 0}",
              "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 100}",
              "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": \"NaN\"}",
              "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 90, \"count\": 65}",
              "{\"command\": \"visualize\", \"feature\": 1.5, \"percentile\": 90}",
              "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 90}}",
              "{\"command\": \"visualize\", \"feature\": 1e99, \"percentile\": 90}")) {
        assertThat(studio.post(JOBS, wrong).statusCode()).as(wrong).isEqualTo(400);
      }
      String text = "{\"command\": \"visualize\", \"feature\": \"117\", \"percentile\": 90}";
      assertThat(studio.post(JOBS, text).body())
          .contains("feature is \\\"117\\\", expected a whole number");
      assertThat(
              studio
                  .post(JOBS, "{\"command\": \"visualize\", \"feature\": 128, \"percentile\": 90}")
                  .statusCode())
          .isEqualTo(404);
      assertThat(names(studio)).isEmpty();
    }
  }
}
