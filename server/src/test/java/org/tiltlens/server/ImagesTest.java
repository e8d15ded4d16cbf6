package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.run.Progress;
import org.tiltlens.run.Sha256;

/** Pictures, and what the features see in them, over HTTP. */
class ImagesTest {
  private static final String IMAGES = "/api/v1/images";

  @TempDir private static Path folder;
  private static StudioFixture studio;

  @BeforeAll
  static void start() throws IOException {
    studio = StudioFixture.start(folder.resolve("studio"));
  }

  @AfterAll
  static void stop() throws IOException {
    studio.close();
  }

  private static byte[] encoded(int seed, String format) throws IOException {
    BufferedImage image = new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      image.setRGB(i % 50, i / 50, random.nextInt(1 << 24));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private static JsonNode sent(byte[] image) throws IOException {
    HttpResponse<String> answer = studio.send("image/png", image);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return StudioFixture.json(answer);
  }

  /** Of the image at which a feature is highest, both have the score. */
  @Test
  void imagesOfTheCorpusHaveTheirScores() throws IOException {
    JsonNode top = studio.json("/api/v1/features/3").at("/top/0");
    JsonNode seen = studio.json(IMAGES + "/corpus-" + top.get("image").asInt() + "?limit=200");
    assertThat(seen.get("name").asText()).isEqualTo(top.get("name").asText());
    assertThat(seen.get("label").asText()).isEqualTo(top.get("label").asText());
    JsonNode found = null;
    double before = Double.POSITIVE_INFINITY;
    for (JsonNode one : seen.get("features")) {
      assertThat(one.get("deviations").asDouble()).isLessThanOrEqualTo(before);
      before = one.get("deviations").asDouble();
      found = one.get("feature").asInt() == 3 ? one : found;
    }
    assertThat(found).isNotNull();
    assertThat(found.get("score").asDouble()).isCloseTo(top.get("score").asDouble(), within(1e-3));
    assertThat(found.get("percentile").asDouble()).isGreaterThan(99);
    assertThat(found.get("row").asInt()).isEqualTo(top.get("row").asInt());
  }

  @Test
  void imagesAreKeptByTheirBytesUntilTheyAreDeleted() throws IOException {
    byte[] image = encoded(1, "png");
    JsonNode seen = sent(image);
    String name = seen.get("image").asText();
    assertThat(name).isEqualTo(HexFormat.of().formatHex(Sha256.bytesOf(image)));
    assertThat(sent(image)).isEqualTo(seen);
    assertThat(studio.json(IMAGES).get("images").toString()).contains(name);
    assertThat(folder.resolve("studio/images").resolve(name)).hasBinaryContent(image);
    byte[] picture = studio.bytes(seen.get("picture").asText()).body();
    assertThat(ImageIO.read(new ByteArrayInputStream(picture)).getWidth()).isEqualTo(32);
    String map = seen.at("/features/0/map").asText();
    assertThat(ImageIO.read(new ByteArrayInputStream(studio.bytes(map).body())).getWidth())
        .isEqualTo(256);

    assertThat(studio.delete(IMAGES + "/" + name).statusCode()).isEqualTo(204);
    assertThat(studio.get(IMAGES + "/" + name).statusCode()).isEqualTo(404);
    assertThat(studio.get(seen.get("picture").asText()).statusCode()).isEqualTo(404);
    assertThat(studio.delete(IMAGES + "/" + name).statusCode()).isEqualTo(404);
  }

  @Test
  void strongestAtAPlaceIsStrongestFirst() throws IOException {
    JsonNode place = studio.json(IMAGES + "/corpus-5/places/0/0?limit=20");
    assertThat(place.get("features")).hasSize(20);
    double before = Double.POSITIVE_INFINITY;
    for (JsonNode one : place.get("features")) {
      assertThat(one.get("value").asDouble()).isLessThanOrEqualTo(before);
      before = one.get("value").asDouble();
    }
    assertThat(studio.get(IMAGES + "/corpus-5/places/999/0").statusCode()).isEqualTo(404);
  }

  @Test
  void whatIsNoSoundImageIsRefusedInOneLine() throws IOException {
    byte[] png = encoded(2, "png");
    byte[] huge = png.clone();
    // The header's width and height; its check sum no longer fits, which nobody gets to see.
    Arrays.fill(huge, 16, 24, (byte) 0x10);
    byte[] many = new byte[Route.Takes.IMAGE.most() + 1];
    refused("image/png", 400, "the image is no JPEG, PNG", new byte[] {1, 2, 3});
    refused("image/png", 400, "the image is no JPEG, PNG", new byte[0]);
    refused("image/png", 400, "the image ", Arrays.copyOf(png, png.length / 2));
    refused("image/jpeg", 400, "the image ", Arrays.copyOf(encoded(3, "jpg"), 700));
    refused("image/png", 400, "the image ", huge);
    byte[] tiff = encoded(3, "tiff");
    refused(
        "image/tiff",
        400,
        "the image is no readable TIFF: expected a whole JPEG, PNG, WebP, BMP, GIF or TIFF",
        Arrays.copyOf(tiff, tiff.length / 2));
    refused(
        "image/png", 413, "an image may have 16 MB, this one has 16.0 MB: save it smaller", many);
    refused("text/plain", 415, "expected a body of type image/png", png);
    refused("multipart/form-data", 415, "expected a body of type image/png", png);
    assertThat(studio.get(IMAGES + "/" + "0".repeat(64)).statusCode()).isEqualTo(404);
    assertThat(studio.get(IMAGES + "/..").statusCode()).isEqualTo(404);
  }

  private static void refused(String type, int status, String reason, byte... image)
      throws IOException {
    HttpResponse<String> answer = studio.send(type, image);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    String error = StudioFixture.json(answer).get("error").asText();
    assertThat(error).contains(reason).doesNotContain("\n").doesNotContain(folder.toString());
  }

  /** The device that is always full, where an image would be written. */
  @Test
  void fullDiskIsSaidAndNothingOfItKept() throws IOException {
    byte[] image = encoded(5, "png");
    String name = HexFormat.of().formatHex(Sha256.bytesOf(image));
    Path half = folder.resolve("studio/images").resolve(name + ".tmp");
    Files.createDirectories(half.getParent());
    Files.createSymbolicLink(half, Path.of("/dev/full"));
    refused("image/png", 507, "the disk of the studio's folder is full: make room", image);
    assertThat(studio.json(IMAGES).get("images").toString()).doesNotContain(name);
    Files.deleteIfExists(half);
    assertThat(sent(image).get("image").asText()).isEqualTo(name);
  }

  @Test
  void explainsAsTheLibraryDoes() throws IOException {
    String image = sent(encoded(4, "png")).get("image").asText();
    String asked = "{\"command\": \"explain\", \"feature\": 3, \"image\": \"%s\"}";
    try (EventReader events = studio.events()) {
      HttpResponse<String> answer = studio.post("/api/v1/jobs", asked.formatted(image));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
      String job = StudioFixture.json(answer).get("job").asText();
      events.awaitState(job, "done");
      ExplainResult own =
          Jobs.EXPLAIN.run(
              ExplainSpec.of(
                  StudioFixture.bundle(),
                  folder.resolve("studio/images").resolve(image).toString(),
                  "feature:3@pre"),
              StudioFixture.EXECUTION,
              folder.resolve("own"),
              Progress.SILENT);
      JsonNode found = studio.json("/api/v1/jobs/" + job + "/result").at("/results/0");
      assertThat(found.get("score").asDouble()).isEqualTo(own.results().get(0).score());
      assertThat(studio.get("/images/" + image + "/explained/3").body())
          .contains("Occlusion")
          .contains("/files/occlusion.png");
      assertThat(studio.get("/jobs").body()).contains("Why picture " + image.substring(0, 8));
    }
    for (String wrong : new String[] {"../secret", "corpus-1/..", ""}) {
      assertThat(studio.post("/api/v1/jobs", asked.formatted(wrong)).statusCode()).isEqualTo(400);
    }
    assertThat(studio.post("/api/v1/jobs", asked.formatted("f".repeat(64))).statusCode())
        .isEqualTo(404);
    assertThat(studio.post("/api/v1/jobs", asked.formatted("corpus-99999")).statusCode())
        .isEqualTo(404);
  }

  @Test
  void pagesShowThem() throws IOException {
    assertThat(studio.get("/images?corpus=7").headers().firstValue("Location"))
        .contains("/images/corpus-7");
    String page = studio.get("/images/corpus-7?feature=3&row=0&column=0").body();
    assertThat(page).contains("Why it drives feature 3").contains("Row 1, column 1");
    assertThat(page).doesNotContain(StudioFixture.HOSTILE);
    assertThat(studio.get("/images/corpus-7?row=99&column=0").statusCode()).isEqualTo(400);
    assertThat(studio.get("/images/corpus-7?feature=x").statusCode()).isEqualTo(400);
  }
}
