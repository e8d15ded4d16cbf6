package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export opens from its folder: every name in its pages is a file in it. */
class ExportTest {
  private static final int PATIENCE_MS = 120_000;
  private static final Pattern NAMED = Pattern.compile("(?:src|href)=\"([^\"]*)\"");

  @TempDir private Path folder;

  private static void export(StudioFixture studio) throws Exception {
    assertThat(studio.post("/api/v1/export").statusCode()).isEqualTo(202);
    for (int waited = 0; waited < PATIENCE_MS; waited += 20) {
      String state = studio.json("/api/v1/export").get("state").asText();
      assertThat(state).isIn("running", "done");
      if (state.equals("done")) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("not written");
  }

  @Test
  void pagesNameOnlyFilesThatAreThere() throws Exception {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      studio.put("/api/v1/features/3/note", "{\"label\": \"<b>bold</b>\", \"version\": 0}");
      String job;
      try (EventReader events = studio.events()) {
        job = studio.draw(3, 90, 16);
        events.awaitState(job, "done");
      }
      Path partial = Files.createDirectories(folder.resolve("export.partial/feature-3"));
      Files.writeString(partial.resolve("strip.png"), "kept from a run that was stopped");
      Files.createDirectories(folder.resolve("export/of-before"));
      export(studio);
      Path export = folder.resolve("export");
      assertThat(folder.resolve("export.partial")).doesNotExist();
      assertThat(export.resolve("of-before")).doesNotExist();
      assertThat(export.resolve("feature-3/strip.png"))
          .hasContent("kept from a run that was stopped");
      int features = studio.json("/api/v1/bundle").get("features").asInt();
      try (Stream<Path> files = Files.walk(export)) {
        var pages = files.filter(file -> file.toString().endsWith(".html")).toList();
        assertThat(pages).hasSize(features + (features + Exporter.ON_PAGE - 1) / Exporter.ON_PAGE);
        for (Path page : pages) {
          assertSelfContained(page);
        }
      }
      assertThat(export.resolve("feature-3/index.html"))
          .content()
          .contains("&lt;b&gt;bold&lt;/b&gt;")
          .contains("alt=\"Sample 16\"")
          .contains("log Z");
      assertThat(export.resolve("feature-3/feature.json"))
          .content()
          .contains("\"label\" : \"<b>bold</b>\"");
    }
  }

  private static void assertSelfContained(Path page) throws IOException {
    String text = Files.readString(page);
    assertThat(text).doesNotContain("http:").doesNotContain("<script").doesNotContain(" style=");
    Matcher names = NAMED.matcher(text);
    int found = 0;
    while (names.find()) {
      assertThat(page.resolveSibling(names.group(1))).as(page + " " + names.group(1)).exists();
      found++;
    }
    assertThat(found).as(page.toString()).isGreaterThan(3);
  }
}
