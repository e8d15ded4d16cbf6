package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;

/** What the judge sees in a level is what a demo says of it. */
@Tag("slow")
class JudgeTest {
  private static final Path EMBEDDED = Path.of("../bundle/src/main/resources/org/tiltlens/bundle");
  private static final int PATIENCE_MS = 120_000;

  private static final List<Double> LEVELS = List.of(90.0, 97.0);

  @TempDir private Path folder;

  private static String drawn(StudioFixture studio, int feature, double percentile, int count)
      throws Exception {
    try (EventReader events = studio.events()) {
      String job = studio.draw(feature, percentile, count);
      events.awaitState(job, "done");
      return job;
    }
  }

  private static JsonNode seen(StudioFixture studio, String job) throws Exception {
    String path = "/api/v1/jobs/" + job + "/classes";
    assertThat(studio.json(path).get("state").asText()).isEqualTo("none");
    assertThat(studio.post(path).statusCode()).isEqualTo(202);
    for (int waited = 0; waited < PATIENCE_MS; waited += 20) {
      JsonNode now = studio.json(path);
      assertThat(now.get("state").asText()).as(now.toString()).isIn("running", "done");
      if (now.get("state").asText().equals("done")) {
        return now.get("classes");
      }
      Thread.sleep(20);
    }
    throw new AssertionError("nothing seen");
  }

  @Test
  void classesAreThoseOfADemo() throws Exception {
    Bundle bundle = Bundle.at(EMBEDDED.toAbsolutePath().normalize());
    DemoResult demo =
        Jobs.DEMO.run(
            DemoSpec.of(bundle).withFeatures(1).withCount(1).withPercentiles(LEVELS),
            StudioFixture.EXECUTION,
            folder.resolve("demo"),
            Progress.SILENT);
    assertThat(demo.growth()).hasSize(2).allMatch(grown -> !grown.isEmpty());
    Path studioFolder = folder.resolve("studio");
    String last = null;
    try (StudioFixture studio = StudioFixture.start(bundle, studioFolder)) {
      for (int i = 0; i < 2; i++) {
        last = drawn(studio, demo.results().get(i).feature(), LEVELS.get(i), i == 1 ? 16 : 1);
        assertThat(seen(studio, last)).isEqualTo(plain(demo.growth().get(i)));
      }
      assertThat(
              studio
                  .get("/features/%d/levels/97".formatted(demo.results().get(1).feature()))
                  .body())
          .contains("More than in the prior")
          .contains(demo.growth().get(1).get(0).name());
    }
    // Kept on disk, and known by whoever opens the folder next.
    try (StudioFixture studio = StudioFixture.start(bundle, studioFolder)) {
      assertThat(studio.json("/api/v1/jobs/" + last + "/classes").get("classes"))
          .isEqualTo(plain(demo.growth().get(1)));
      assertThat(studio.get("/api/v1/jobs/none/classes").statusCode()).isEqualTo(404);
    }
  }

  private static JsonNode plain(List<?> growth) {
    return Json.parse(Json.write(growth), JsonNode.class);
  }

  /** A bundle without a judge shows no button. */
  @Test
  void withoutAJudgeNobodyIsAsked() throws Exception {
    Path plain = folder.resolve("plain");
    NoiseBundle.copy(Path.of(StudioFixture.bundle().root()), plain);
    Path manifest = plain.resolve("bundle.json");
    Files.writeString(
        manifest, Files.readString(manifest).replaceFirst("(?s)\"judge\": \\{.*?},", ""));
    try (StudioFixture studio = StudioFixture.start(Bundle.at(plain), folder.resolve("studio"))) {
      String job = drawn(studio, 3, 80, 1);
      assertThat(studio.post("/api/v1/jobs/" + job + "/classes").statusCode()).isEqualTo(404);
    }
  }
}
