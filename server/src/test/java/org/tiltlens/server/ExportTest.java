package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Progress;
import org.tiltlens.run.Sha256;

/** An export opens from its folder, holds what was asked for, and goes on by content. */
class ExportTest {
  private static final int PATIENCE_MS = 120_000;
  private static final Pattern NAMED = Pattern.compile("(?:src|href)=\"([^\"]*)\"");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static void export(StudioFixture studio, String query) throws Exception {
    HttpResponse<String> asked = studio.post("/api/v1/export" + query);
    assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
    for (int waited = 0; waited < PATIENCE_MS; waited += 20) {
      JsonNode far = studio.json("/api/v1/export");
      String state = far.get("state").asText();
      assertThat(state).as(far.toString()).isIn("running", "done");
      if (state.equals("done")) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("not written");
  }

  /** Every file of a folder -> its hash. */
  private static Map<String, String> files(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Sha256.of(file));
      }
    }
    return files;
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
      export(studio, "");
      Path export = folder.resolve("export");
      assertThat(folder.resolve("export.partial")).doesNotExist();
      int features = studio.json("/api/v1/bundle").get("features").asInt();
      try (Stream<Path> files = Files.walk(export)) {
        var pages = files.filter(file -> file.toString().endsWith(".html")).toList();
        assertThat(pages)
            .hasSize(features + (features + ExportFolder.ON_PAGE - 1) / ExportFolder.ON_PAGE);
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

  @Test
  void someFeaturesAreThoseOfAListOrOfASearch() throws Exception {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      Path export = folder.resolve("export");
      export(studio, "?features=9,2-4,3");
      assertThat(exported(export)).containsExactly("2", "3", "4", "9");
      assertThat(JSON.readTree(export.resolve("export.json").toFile()).get("features").toString())
          .isEqualTo("[2,3,4,9]");
      studio.put("/api/v1/features/7/note", "{\"label\": \"seven\", \"version\": 0}");
      export(studio, "?noted=true");
      assertThat(exported(export)).containsExactly("7");
      assertThat(studio.get("/export?noted=true").body()).contains("Write 1 features");
      assertThat(studio.get("/?noted=true&sort=max").body()).contains("\"/export?noted=true\"");
      for (String wrong :
          List.of(
              "features=1,,2",
              "features=9-2",
              "features=999999",
              "features=-1",
              "features=1&noted=true",
              "search=nobody+has+this")) {
        HttpResponse<String> answer = studio.post("/api/v1/export?" + wrong);
        assertThat(answer.statusCode()).as(wrong + answer.body()).isEqualTo(400);
      }
    }
  }

  private static TreeSet<String> exported(Path export) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> inside = Files.list(export)) {
      inside
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("feature-"))
          .forEach(name -> names.add(name.substring("feature-".length())));
    }
    return names;
  }

  private static StudioSettings settings(Path folder) throws IOException {
    return new StudioSettings(
        StudioFixture.bundle(), "127.0.0.1", 0, folder, StudioFixture.EXECUTION);
  }

  @Test
  void needsNoBrowserAndSparesWhatIsNoExport() throws Exception {
    Path studio = folder.resolve("studio");
    Path export = folder.resolve("out");
    assertThat(StudioExport.write(settings(studio), export, "5,6", Progress.SILENT)).isEqualTo(2);
    assertThat(exported(export)).containsExactly("5", "6");
    // Over an earlier export, of other features.
    StudioExport.write(settings(studio), export, "6", Progress.SILENT);
    assertThat(exported(export)).containsExactly("6");
    Path home = Files.createDirectories(folder.resolve("home"));
    Files.writeString(home.resolve("letter.txt"), "dear");
    assertThatThrownBy(() -> StudioExport.write(settings(studio), home, "6", Progress.SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no export");
    assertThat(home.resolve("letter.txt")).hasContent("dear");
    assertThatThrownBy(
            () -> StudioExport.write(settings(studio), export, "6-7000", Progress.SILENT))
        .hasMessageContaining("'6-7000', expected indices and ranges below");
    try (StudioFixture running = StudioFixture.start(studio)) {
      assertThatThrownBy(() -> StudioExport.write(settings(studio), export, "6", Progress.SILENT))
          .hasMessageContaining("in use by another studio");
    }
  }

  /** A killed export is gone on with to the same bytes, whatever lies in what it left. */
  @Test
  void goesOnByContent() throws Exception {
    Path bundle = Path.of(StudioFixture.bundle().root());
    Path studio = folder.resolve("studio");
    Path partial = studio.resolve("export.partial");
    try (OwnStudio killed = OwnStudio.start(bundle, studio)) {
      killed.ask("POST", "/api/v1/export?features=0-5", null);
      for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
        if (JSON.readTree(killed.ask("GET", "/api/v1/export", null).body()).get("done").asInt()
            >= 3) {
          break;
        }
        Thread.sleep(5);
      }
      killed.kill();
    }
    assertThat(studio.resolve("export")).doesNotExist();
    Path kept = partial.resolve("feature-0/strip.png");
    Object written = Files.getLastModifiedTime(kept);
    // Another picture under the right name; one that is gone; what no export wrote.
    Files.writeString(partial.resolve("feature-1/strip.png"), "of another");
    Files.delete(partial.resolve("feature-2/strip.png"));
    Files.createDirectories(partial.resolve("feature-99999"));
    try (StudioFixture after = StudioFixture.start(studio)) {
      export(after, "?features=0-5");
    }
    Path whole = studio.resolve("export");
    assertThat(Files.getLastModifiedTime(whole.resolve("feature-0/strip.png"))).isEqualTo(written);
    Path undisturbed = folder.resolve("undisturbed");
    StudioExport.write(settings(folder.resolve("other")), undisturbed, "0-5", Progress.SILENT);
    assertThat(files(whole)).isEqualTo(files(undisturbed));
  }

  /** Pictures of an unfinished export that are of other samples than there are now. */
  @Test
  void picturesOfWhatWasDrawnMeanwhileAreWritten() throws Exception {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      export(studio, "?features=3");
      Files.move(folder.resolve("export"), folder.resolve("export.partial"));
      try (EventReader events = studio.events()) {
        events.awaitState(studio.draw(3, 90, 16), "done");
      }
      export(studio, "?features=3");
      assertThat(folder.resolve("export/feature-3/p90-15.png")).exists();
    }
  }

  private static List<JsonNode> rows(Path file) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        rows.add(JSON.readTree(line));
      }
    }
    return rows;
  }

  /** The fields of SAEDashboard's NeuronpediaDashboardFeature, which refuses others. */
  private static final List<String> DASHBOARD =
      List.of(
          "feature_index",
          "neuron_alignment_indices",
          "neuron_alignment_values",
          "neuron_alignment_l1",
          "correlated_neurons_indices",
          "correlated_neurons_l1",
          "correlated_neurons_pearson",
          "correlated_features_indices",
          "correlated_features_l1",
          "correlated_features_pearson",
          "neg_str",
          "neg_values",
          "pos_str",
          "pos_values",
          "frac_nonzero",
          "freq_hist_data_bar_values",
          "freq_hist_data_bar_heights",
          "logits_hist_data_bar_heights",
          "logits_hist_data_bar_values",
          "n_prompts_total",
          "n_tokens_in_prompt",
          "dataset",
          "activations",
          "decoder_weights_dist");

  @Test
  void otherToolsReadTheJson() throws Exception {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      studio.put("/api/v1/features/3/note", "{\"label\": \"three\", \"version\": 0}");
      export(studio, "?features=3,5");
      JsonNode known = studio.json("/api/v1/features/3");
      Path export = folder.resolve("export");
      JsonNode batch = JSON.readTree(export.resolve("saedashboard/batch-0.json").toFile());
      assertThat(batch.get("model_id").asText()).isEqualTo("noise");
      assertThat(batch.get("layer").isInt()).isTrue();
      JsonNode feature = batch.at("/features/0");
      List<String> names = new ArrayList<>();
      feature.fieldNames().forEachRemaining(names::add);
      assertThat(names).containsExactlyInAnyOrderElementsOf(DASHBOARD);
      assertThat(feature.get("feature_index").asInt()).isEqualTo(3);
      assertThat(feature.get("frac_nonzero").asDouble())
          .isEqualTo(known.get("position_frequency").asDouble());
      assertThat(feature.get("freq_hist_data_bar_values").size())
          .isEqualTo(feature.get("freq_hist_data_bar_heights").size());
      JsonNode first = feature.at("/activations/0");
      int places = feature.get("n_tokens_in_prompt").asInt();
      assertThat(first.get("tokens").size()).isEqualTo(places);
      assertThat(first.get("values").size()).isEqualTo(places);
      int image = known.at("/top/0/image").asInt();
      assertThat(first.at("/tokens/0").asText()).isEqualTo(image + ".png#0,0");
      assertThat(first.at("/tokens/" + first.get("qualifying_token_index").asInt()).asText())
          .isEqualTo(
              "%d.png#%d,%d"
                  .formatted(
                      image, known.at("/top/0/row").asInt(), known.at("/top/0/column").asInt()));
      String source = batch.get("layer").asInt() + "-" + batch.get("sae_set").asText();
      Path rows = export.resolve("neuronpedia/noise").resolve(source);
      assertThat(JSON.readTree(rows.resolve("source.jsonl").toFile()).get("id").asText())
          .isEqualTo(source);
      List<JsonNode> features = rows(rows.resolve("features/batch-0.jsonl.gz"));
      assertThat(features).hasSize(2);
      assertThat(features.get(0).get("index").asText()).isEqualTo("3");
      assertThat(features.get(0).at("/topkCosSimIndices/0").asInt()).isEqualTo(3);
      assertThat(features.get(0).at("/topkCosSimIndices/1").asInt())
          .isEqualTo(studio.json("/api/v1/features/3/related").at("/nearest/0/feature").asInt());
      List<JsonNode> activations = rows(rows.resolve("activations/batch-0.jsonl.gz"));
      assertThat(activations).hasSize(known.get("top").size() * 2);
      for (JsonNode one : activations) {
        assertThat(export.resolve(one.get("dataIndex").asText())).exists();
        double highest = one.at("/values/" + one.get("maxValueTokenIndex").asInt()).asDouble();
        assertThat(highest).isEqualTo(one.get("maxValue").asDouble());
      }
      assertThat(
              rows(rows.resolve("explanations/batch-0.jsonl.gz"))
                  .get(0)
                  .get("description")
                  .asText())
          .isEqualTo("three");
      // Active exactly where the studio's own reading of the same image says it is.
      JsonNode seen = studio.json("/api/v1/images/corpus-" + image + "?sort=score");
      for (JsonNode one : seen.get("features")) {
        if (one.get("feature").asInt() == 3) {
          int active = 0;
          for (JsonNode value : first.get("values")) {
            active += value.asDouble() != 0 ? 1 : 0;
          }
          assertThat(active).isEqualTo(one.get("active").asInt());
        }
      }
    }
  }
}
