package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseBundle;

/** What the API says of features, held against the table. */
class FeaturesTest {
  private static final String ROOT = "/api/v1";

  @TempDir private static Path folder;
  private static StudioFixture studio;

  @BeforeAll
  static void start() throws IOException {
    studio = StudioFixture.start(folder);
  }

  @AfterAll
  static void stop() throws IOException {
    studio.close();
  }

  private static List<Integer> features(String query) throws IOException {
    List<Integer> features = new ArrayList<>();
    studio
        .json(ROOT + "/features?limit=500" + query)
        .get("features")
        .forEach(row -> features.add(row.get("feature").asInt()));
    return features;
  }

  @Test
  void listHasAllInTheOrderAskedFor() throws IOException {
    int all = studio.json(ROOT + "/bundle").get("features").asInt();
    List<Integer> byIndex = features("&sort=index");
    assertThat(byIndex).hasSize(all).isSorted();
    JsonNode byMax = studio.json(ROOT + "/features?limit=500&sort=max").get("features");
    for (int i = 1; i < all; i++) {
      assertThat(byMax.get(i).get("max").asDouble())
          .isLessThanOrEqualTo(byMax.get(i - 1).get("max").asDouble());
    }
    assertThat(features("&sort=frequency")).containsExactlyInAnyOrderElementsOf(byIndex);
  }

  @Test
  void pagesJoinToTheList() throws IOException {
    List<Integer> all = features("");
    List<Integer> joined = new ArrayList<>();
    for (int offset = 0; offset < all.size(); offset += 5) {
      JsonNode page = studio.json(ROOT + "/features?limit=5&offset=" + offset);
      assertThat(page.get("total").asInt()).isEqualTo(all.size());
      page.get("features").forEach(row -> joined.add(row.get("feature").asInt()));
    }
    assertThat(joined).isEqualTo(all);
    assertThat(studio.json(ROOT + "/features?offset=100000").get("features")).isEmpty();
  }

  @Test
  void frequenciesFilter() throws IOException {
    JsonNode rows = studio.json(ROOT + "/features?limit=500").get("features");
    List<Double> frequencies = new ArrayList<>();
    rows.forEach(row -> frequencies.add(row.get("frequency").asDouble()));
    double middle = frequencies.stream().sorted().toList().get(frequencies.size() / 2);
    JsonNode rare = studio.json(ROOT + "/features?limit=500&max_frequency=" + middle);
    assertThat(rare.get("total").asLong())
        .isEqualTo(frequencies.stream().filter(one -> one <= middle).count());
    JsonNode often = studio.json(ROOT + "/features?limit=500&min_frequency=" + middle);
    assertThat(often.get("total").asLong())
        .isEqualTo(frequencies.stream().filter(one -> one >= middle).count());
  }

  @Test
  void searchFindsAnIndexOrAClass() throws IOException {
    assertThat(features("&search=7")).containsExactly(7);
    assertThat(features("&search=Feature+7")).containsExactly(7);
    assertThat(features("&search=%237")).containsExactly(7);
    List<Integer> stripes = features("&search=sTRIpe");
    assertThat(stripes).isNotEmpty();
    JsonNode rows = studio.json(ROOT + "/features?limit=500").get("features");
    rows.forEach(
        row ->
            assertThat(row.get("classes").findValuesAsText("name").contains("Stripes"))
                .isEqualTo(stripes.contains(row.get("feature").asInt())));
    assertThat(features("&search=nothing+of+that+name")).isEmpty();
  }

  @Test
  void oneFeatureAddsUp() throws IOException {
    JsonNode feature = studio.json(ROOT + "/features/3");
    long images = 0;
    for (JsonNode count : feature.get("histogram").get("counts")) {
      images += count.asLong();
    }
    assertThat(images).isEqualTo(NoiseBundle.IMAGES);
    assertThat(feature.get("percentiles").get("p50").asDouble())
        .isBetween(feature.get("min").asDouble(), feature.get("max").asDouble());
    JsonNode top = feature.get("top");
    assertThat(top.get(0).get("score").asDouble()).isEqualTo(feature.get("max").asDouble());
    int classes = 0;
    for (JsonNode one : feature.get("classes")) {
      assertThat(4 * one.get("images").asInt()).isGreaterThanOrEqualTo(top.size());
      classes += one.get("images").asInt();
    }
    assertThat(classes).isLessThanOrEqualTo(top.size());
  }

  @Test
  void picturesArePngsOfTheRightSize() throws IOException {
    JsonNode top = studio.json(ROOT + "/features/3").get("top").get(0);
    assertThat(png(top.get("picture").asText()).getWidth()).isEqualTo(32);
    BufferedImage map = png(top.get("map").asText());
    assertThat(map.getWidth()).isEqualTo(256);
    assertThat(map.getColorModel().hasAlpha()).isTrue();
    BufferedImage strip = png(ROOT + "/features/3/strip.png");
    assertThat(strip.getWidth()).isEqualTo(4 * strip.getHeight());
  }

  private static BufferedImage png(String path) throws IOException {
    HttpResponse<byte[]> answer = studio.bytes(path);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("image/png");
    return ImageIO.read(new ByteArrayInputStream(answer.body()));
  }

  @Test
  void pictureIsSentOnceToWhoKeepsIt() throws IOException {
    HttpResponse<byte[]> first = studio.bytes(ROOT + "/corpus/5.png");
    String tag = first.headers().firstValue("ETag").orElseThrow();
    HttpResponse<byte[]> again = studio.bytes(ROOT + "/corpus/5.png", "If-None-Match", tag);
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(studio.bytes(ROOT + "/corpus/6.png", "If-None-Match", tag).statusCode())
        .isEqualTo(200);
  }

  @Test
  void pictureOnDiskIsNotDrawnAgain() throws IOException {
    byte[] drawn = studio.bytes(ROOT + "/features/2/strip.png").body();
    Path kept;
    try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
      kept = files.filter(file -> file.endsWith("feature-2/strip.png")).findFirst().orElseThrow();
    }
    assertThat(Files.readAllBytes(kept)).isEqualTo(drawn);
    Files.writeString(kept, "kept");
    assertThat(studio.bytes(ROOT + "/features/2/strip.png").body()).asString().isEqualTo("kept");
  }

  @Test
  void whatIsNotThereIsMissing() throws IOException {
    for (String path :
        List.of(
            "/features/99999",
            "/features/999999999",
            "/features/-1",
            "/features/x",
            "/features/99999/strip.png",
            "/corpus/40.png",
            "/corpus/1.jpg",
            "/jobs/nothing",
            "/jobs/nothing/result",
            "/nothing")) {
      HttpResponse<String> answer = studio.get(ROOT + path);
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(StudioFixture.json(answer).get("error").asText()).as(path).isNotEmpty();
    }
  }

  @Test
  void mapIsOfATopImageOnly() throws IOException {
    List<Integer> top = new ArrayList<>();
    studio.json(ROOT + "/features/3").get("top").forEach(one -> top.add(one.get("image").asInt()));
    int other = 0;
    while (top.contains(other)) {
      other++;
    }
    HttpResponse<String> answer = studio.get(ROOT + "/features/3/maps/" + other + ".png");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("no top image of feature 3");
  }

  @Test
  void wrongParametersAreNamed() throws IOException {
    for (String query :
        List.of(
            "sort=best",
            "limit=0",
            "limit=501",
            "limit=many",
            "offset=-1",
            "min_frequency=2",
            "max_frequency=NaN",
            "min_frequency=0.5&max_frequency=0.1",
            "sort=max&sort=max",
            "colour=red",
            "search=" + "x".repeat(101))) {
      HttpResponse<String> answer = studio.get(ROOT + "/features?" + query);
      assertThat(answer.statusCode()).as(query).isEqualTo(400);
      assertThat(StudioFixture.json(answer).get("error").asText())
          .contains(query.substring(0, query.indexOf('=')));
    }
  }
}
