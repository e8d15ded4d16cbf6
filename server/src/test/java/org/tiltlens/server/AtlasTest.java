package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.harvest.DecoderDirections;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.Neighbours;

/** Features that are like one, and where they lie. */
class AtlasTest {
  private static final String ROOT = "/api/v1";
  private static final int PATIENCE_MS = 60_000;

  @TempDir private Path folder;
  private StudioFixture studio;

  @BeforeEach
  void start() throws IOException {
    studio = StudioFixture.start(folder);
  }

  @AfterEach
  void stop() throws IOException {
    studio.close();
  }

  private static List<Integer> features(JsonNode rows) {
    List<Integer> features = new ArrayList<>();
    rows.forEach(row -> features.add(row.get("feature").asInt()));
    return features;
  }

  private void measure() throws Exception {
    assertThat(studio.post(ROOT + "/coactivation").statusCode()).isEqualTo(202);
    for (int waited = 0; waited < PATIENCE_MS; waited += 20) {
      String state = studio.json(ROOT + "/coactivation").get("state").asText();
      assertThat(state).isIn("running", "done");
      if (state.equals("done")) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("not measured");
  }

  @Test
  void nearestAreThoseOfTheDictionary() throws IOException {
    DecoderDirections expected =
        DecoderDirections.of(HarvestSpec.of(StudioFixture.bundle()).dictionary(), "cpu");
    JsonNode related = studio.json(ROOT + "/features/3/related");
    List<Integer> nearest = features(related.get("nearest"));
    assertThat(nearest)
        .isEqualTo(expected.nearest().of(3).stream().map(Neighbours.Neighbour::feature).toList());
    assertThat(related.at("/nearest/0/value").asDouble())
        .isEqualTo(expected.nearest().of(3).get(0).value());
    assertThat(related.has("together")).isFalse();
    assertThat(features(studio.json(ROOT + "/features?nearest=3&limit=500").get("features")))
        .isEqualTo(nearest);
    assertThat(studio.get("/?nearest=3").body())
        .contains("Nearest in direction to")
        .contains("<input type=\"hidden\" name=\"nearest\" value=\"3\">");
    assertThat(studio.get(ROOT + "/features?nearest=3&together=3").statusCode()).isEqualTo(400);
  }

  @Test
  void coActivationIsMeasuredOnceAndKept() throws Exception {
    assertThat(studio.get("/features/3").body()).contains("Measure co-activation");
    measure();
    JsonNode related = studio.json(ROOT + "/features/3/related");
    assertThat(related.get("images").asInt())
        .isEqualTo(studio.json(ROOT + "/bundle").get("images").asInt());
    List<Integer> together = features(related.get("together"));
    assertThat(together).isNotEmpty().doesNotContain(3);
    // Jaccard's index is the same both ways.
    for (JsonNode other : related.get("together")) {
      for (JsonNode back :
          studio
              .json(ROOT + "/features/" + other.get("feature").asInt() + "/related")
              .get("together")) {
        if (back.get("feature").asInt() == 3) {
          assertThat(back.get("value")).isEqualTo(other.get("value"));
        }
      }
    }
    assertThat(features(studio.json(ROOT + "/features?together=3&limit=500").get("features")))
        .isEqualTo(together);
    assertThat(studio.get("/features/3/related").body())
        .contains("Jaccard's index")
        .doesNotContain("Measure co-activation");
    stop();
    start();
    assertThat(studio.json(ROOT + "/coactivation").get("state").asText()).isEqualTo("done");
    assertThat(features(studio.json(ROOT + "/features/3/related").get("together")))
        .isEqualTo(together);
  }

  @Test
  void mapHasAllPointsAndSaysWhichStandOut() throws IOException {
    DecoderDirections expected =
        DecoderDirections.of(HarvestSpec.of(StudioFixture.bundle()).dictionary(), "cpu");
    JsonNode map = studio.json(ROOT + "/map?search=stripe");
    int all = studio.json(ROOT + "/bundle").get("features").asInt();
    assertThat(map.get("features")).hasSize(all);
    assertThat(map.get("share_x").asDouble()).isEqualTo(expected.shareX());
    for (int i = 0; i < all; i++) {
      int feature = map.get("features").get(i).asInt();
      assertThat(map.get("x").get(i).floatValue()).isEqualTo(expected.x()[feature]);
      assertThat(map.get("y").get(i).floatValue()).isEqualTo(expected.y()[feature]);
    }
    List<Integer> listed =
        features(studio.json(ROOT + "/features?search=stripe&limit=500").get("features"));
    List<Integer> chosen = new ArrayList<>();
    map.get("chosen").forEach(one -> chosen.add(one.asInt()));
    assertThat(chosen).containsExactlyInAnyOrderElementsOf(listed).hasSizeLessThan(all);
    assertThat(studio.get("/map?search=stripe").body())
        .contains(listed.size() + " features stand out")
        .contains("data-points=\"/api/v1/map?search=stripe\"");
  }

  @Test
  void damagedFileIsComputedAgain() throws IOException {
    JsonNode before = studio.json(ROOT + "/features/3/related").get("nearest");
    stop();
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      Path kept = files.filter(file -> file.endsWith("directions.json")).findFirst().orElseThrow();
      Files.writeString(kept, "{\"nearest\": {\"features\": [[9999]], \"values\": [[1]]}}");
    }
    start();
    assertThat(studio.json(ROOT + "/features/3/related").get("nearest")).isEqualTo(before);
  }
}
