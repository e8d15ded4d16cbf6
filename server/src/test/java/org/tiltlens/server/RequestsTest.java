package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.run.Json;
import org.tiltlens.tilting.ScoreSample;

/** What requests for jobs may say, and what is refused before anything waits in the queue. */
class RequestsTest {
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

  /** A field that is not known would be lost. */
  @Test
  void unknownFieldsAreRefusedByName() throws IOException {
    Map<String, String> said = new LinkedHashMap<>();
    said.put(
        "{\"command\": \"frontier\", \"feature\": 3, \"percentile\": 90}",
        "unknown field 'percentile', expected count, feature, steps");
    said.put(
        "{\"command\": \"visualize\", \"featur\": 3, \"percentile\": 90}",
        "unknown field 'featur', expected count, feature, guidance, percentile, seed, steps: did"
            + " you mean 'feature'?");
    said.put(
        "{\"command\": \"compose\", \"units\": [{\"feature\": 3, \"percentil\": 90}]}",
        "unknown field 'units[0].percentil', expected column, feature, percentile, row: did you"
            + " mean 'percentile'?");
    said.put(
        "{\"command\": \"visualize\", \"feature\": 3, \"percentile\": 90, \"steps\": {\"silent\":"
            + " true}}",
        "unknown field 'steps.silent', expected eta, form, respacing, steps");
    for (Map.Entry<String, String> one : said.entrySet()) {
      HttpResponse<String> answer = studio.post(JOBS, one.getKey());
      assertThat(answer.statusCode()).as(one.getKey()).isEqualTo(400);
      assertThat(StudioFixture.json(answer).get("error").asText()).isEqualTo(one.getValue());
    }
  }

  /** What cannot be read would be lost. */
  @Test
  void textOfAnotherEncodingIsRefused() {
    byte[] latin = "{\"label\": \"Stra\u00dfe\"}".getBytes(StandardCharsets.ISO_8859_1);
    Ask ask = new Ask(Map.of(), Map.of(), ByteBuffer.wrap(latin));
    assertThatThrownBy(() -> ask.json(NoteRequest.class))
        .isInstanceOf(Refused.class)
        .hasMessage("the body is no text in UTF-8");
  }

  /** What pages ask for when a button is pressed. */
  @Test
  void pagesAskForNothingUnknown() throws IOException {
    Set<String> commands = new TreeSet<>();
    String steps = "form=ddim&eta=0.5&steps=4";
    for (String path :
        List.of(
            "/features/2",
            "/features/2/levels?level=60&" + steps,
            "/features/2/compared?level=60&count=2&top_k=on&exact=on&" + steps,
            "/features/2/cost?count=2&" + steps,
            "/images/corpus-3/explained/2")) {
      HttpResponse<String> page = studio.get(path);
      assertThat(page.statusCode()).as(path).isEqualTo(200);
      Matcher bodies = Pattern.compile("data-body=\"([^\"]*)\"").matcher(page.body());
      while (bodies.find()) {
        String body = bodies.group(1).replace("&#34;", "\"").replace("&amp;", "&");
        JobRequest asked = asked(body);
        assertThat(Json.parse(Json.write(asked), JsonNode.class))
            .isEqualTo(Json.parse(body, JsonNode.class));
        commands.add(asked.getClass().getSimpleName());
      }
    }
    assertThat(commands)
        .containsExactly("CompareRequest", "ExplainRequest", "FrontierRequest", "VisualizeRequest");
  }

  private static JobRequest asked(String body) {
    return JobRequest.of(
        new Ask(Map.of(), Map.of(), ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void refusalIsShortAndSaysWhatWasExpected() throws IOException {
    String error =
        StudioFixture.json(studio.post(JOBS, "{\"command\": \"" + "x".repeat(60_000) + "\"}"))
            .get("error")
            .asText();
    assertThat(error).hasSizeLessThan(1100).startsWith("command is 'xxx").endsWith("visualize]");
  }

  /** Not when its turn comes. */
  @Test
  void whatTheBundleCannotServeIsRefusedAtOnce() throws IOException {
    for (String method : List.of("dexter", "diffexplainer")) {
      HttpResponse<String> answer =
          studio.post(
              JOBS,
              "{\"command\": \"compare\", \"feature\": 5, \"methods\": [\"" + method + "\"]}");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(StudioFixture.json(answer).get("error").asText())
          .startsWith("method '" + method + "' looks for a prompt, and the prior '")
          .contains("is told no text: leave it out of methods");
    }
    assertThat(studio.get(JOBS).body()).doesNotContain("compared on feature 5");
    ScoreSample tied = ScoreSample.of(new double[] {1, 2, 3, 3, 3});
    assertThatThrownBy(() -> JobRequest.requireReach(tied, 90))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("an end of the corpus' scores, which no tilt reaches");
    JobRequest.requireReach(tied, 30);
  }

  /** Values at the ends of a range are taken, those beyond are refused. */
  @Test
  void rangesAreThoseOfTheDocument() throws IOException {
    JsonNode schemas = studio.json("/api/v1/openapi.json").at("/components/schemas");
    List<String> whole =
        List.of(
            "{\"command\": \"visualize\", \"feature\": 3, \"percentile\": 70, \"count\": 2,"
                + " \"steps\": {\"form\": \"ddim\", \"eta\": 0.5, \"steps\": 4}}",
            "{\"command\": \"compose\", \"count\": 2, \"units\": [{\"feature\": 3, \"percentile\":"
                + " 70, \"row\": 0, \"column\": 0}]}",
            "{\"command\": \"compare\", \"feature\": 3, \"percentile\": 70, \"count\": 2}",
            "{\"command\": \"frontier\", \"feature\": 3, \"count\": 2}");
    int ends = 0;
    for (String body : whole) {
      ObjectNode good = (ObjectNode) Json.parse(body, JsonNode.class);
      String name = good.get("command").asText();
      String schema = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + "Request";
      ends += tryEnds(good, good, schemas.get(schema), schemas);
    }
    assertThat(ends).isGreaterThan(20);
  }

  /** Tries the ends of a part's ranges in the whole; returns how many there were. */
  private static int tryEnds(ObjectNode whole, ObjectNode part, JsonNode schema, JsonNode schemas)
      throws IOException {
    int ends = 0;
    for (Map.Entry<String, JsonNode> one : schema.get("properties").properties()) {
      JsonNode known = one.getValue();
      JsonNode was = part.get(one.getKey());
      if (was == null) {
        continue;
      }
      if (known.has("$ref")) {
        JsonNode inner = schemas.get(known.get("$ref").asText().replaceAll(".*/", ""));
        ends += tryEnds(whole, (ObjectNode) was, inner, schemas);
      } else if (known.path("items").has("$ref")) {
        JsonNode inner = schemas.get(known.at("/items/$ref").asText().replaceAll(".*/", ""));
        ends += tryEnds(whole, (ObjectNode) was.get(0), inner, schemas);
      }
      for (String end : List.of("minimum", "maximum")) {
        if (known.has(end)) {
          ends++;
          double step = known.get("type").asText().equals("integer") ? 1 : 0.1;
          double out = end.equals("minimum") ? -step : step;
          boolean open = known.path("exclusiveM" + end.substring(1)).asBoolean();
          double last = known.get(end).asDouble();
          assertTaken(whole, part, one.getKey(), open ? last - out : last, true);
          assertTaken(whole, part, one.getKey(), open ? last : last + out, false);
        }
      }
      part.set(one.getKey(), was);
    }
    return ends;
  }

  private static void assertTaken(
      ObjectNode whole, ObjectNode part, String field, double value, boolean taken)
      throws IOException {
    if (value == Math.rint(value) && !field.equals("eta")) {
      part.put(field, (long) value);
    } else {
      part.put(field, value);
    }
    String body = whole.toString();
    if (taken) {
      try {
        asked(body).work(catalogue, null);
      } catch (Refused e) {
        throw new AssertionError(body, e);
      }
      return;
    }
    assertThatThrownBy(() -> asked(body).work(catalogue, null))
        .as(body)
        .isInstanceOf(Refused.class);
  }

  /** What pages ask for is bounded. */
  @Test
  void usualSettingsAreSmall() {
    CompareSpec compared =
        new CompareRequest(3, null, null, null, null).work(catalogue, null).spec();
    assertThat(compared.count()).isEqualTo(4);
    assertThat(compared.methods()).hasSize(4);
    assertThat(new FrontierRequest(3, null, null).work(catalogue, null).spec().count())
        .isEqualTo(4);
    CompositionSpec composed =
        new ComposeRequest(List.of(new ComposeRequest.Part(3, 90.0, null, null)), null, null, null)
            .work(catalogue, null)
            .spec();
    assertThat(composed.count()).isEqualTo(8);
  }

  @Test
  void wrongRequestsStartNothing() throws IOException {
    String unit = "{\"feature\": 3, \"percentile\": 90}";
    for (String wrong :
        List.of(
            "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 9, \"guidance\": \"x\"}",
            "{\"command\": \"compare\", \"feature\": 1, \"count\": 1}",
            "{\"command\": \"compare\", \"feature\": 1, \"methods\": [\"magic\"]}",
            "{\"command\": \"compare\", \"feature\": 1, \"methods\": []}",
            "{\"command\": \"compare\", \"feature\": 1, \"methods\": [\"twisted\"], \"steps\":"
                + " {\"form\": \"heun\"}}",
            "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 9, \"steps\":"
                + " {\"form\": \"magic\"}}",
            "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 9, \"steps\":"
                + " {\"eta\": 0.5}}",
            "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 9, \"steps\":"
                + " {\"steps\": 5, \"respacing\": \"5\"}}",
            "{\"command\": \"visualize\", \"feature\": 1, \"percentile\": 9, \"steps\":"
                + " {\"steps\": 100000}}",
            "{\"command\": \"frontier\"}",
            "{\"command\": \"frontier\", \"feature\": 1, \"count\": 65}",
            "{\"command\": \"compose\"}",
            "{\"command\": \"compose\", \"units\": []}",
            "{\"command\": \"compose\", \"units\": [null]}",
            "{\"command\": \"compose\", \"units\": [" + unit + ", " + unit + "]}",
            "{\"command\": \"compose\", \"units\": [{\"feature\": 3, \"percentile\": 90, \"row\":"
                + " 1}]}",
            "{\"command\": \"compose\", \"units\": [{\"feature\": 3, \"percentile\": 90, \"row\":"
                + " 999, \"column\": 0}]}")) {
      HttpResponse<String> answer = studio.post(JOBS, wrong);
      assertThat(answer.statusCode()).as(wrong).isEqualTo(400);
      assertThat(StudioFixture.json(answer).get("error").asText()).doesNotContain("\n");
    }
    HttpResponse<String> twice =
        studio.post(JOBS, "{\"command\": \"compose\", \"units\": [" + unit + ", " + unit + "]}");
    assertThat(StudioFixture.json(twice).get("error").asText())
        .startsWith("numbers 1 and 2 are both feature 3: leave one of them out");
    assertThat(studio.get("/features/3/levels?level=100").statusCode()).isEqualTo(400);
    assertThat(studio.get("/features/3/levels?level=x").statusCode()).isEqualTo(400);
    assertThat(studio.get("/features/3/levels/90/magic").statusCode()).isEqualTo(404);
    assertThat(studio.get("/compose?job=none").statusCode()).isEqualTo(404);
  }
}
