package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.models.StepsChoice;

/** The OpenAPI document says what the handlers do, no more and no less. */
class OpenApiTest {
  @TempDir private static Path folder;
  private static StudioFixture studio;
  private static JsonNode document;

  @BeforeAll
  static void start() throws IOException {
    studio = StudioFixture.start(folder);
    document = studio.json("/api/v1/openapi.json");
  }

  @AfterAll
  static void stop() throws IOException {
    studio.close();
  }

  /** Nothing is called to know what routes there are. */
  private static List<Route> routes() {
    return Stream.of(
            new Api(null, null, null, null, null, null).routes(),
            new ImageApi(null).routes(),
            new NotesApi(null).routes(),
            new AtlasApi(null).routes(),
            new ExportApi(null, null).routes())
        .flatMap(List::stream)
        .toList();
  }

  private static JsonNode operation(Route route) {
    String path = route.template().substring(Api.ROOT.length());
    return document.path("paths").path(path).path(route.method().toLowerCase(Locale.ROOT));
  }

  @Test
  void everyRouteIsDescribedAndNothingElse() {
    Set<String> described = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            described.add(
                                method.toUpperCase(Locale.ROOT) + " " + Api.ROOT + path.getKey())));
    Set<String> answered = new TreeSet<>();
    routes().forEach(route -> answered.add(route.method() + " " + route.template()));
    assertThat(described).isEqualTo(answered);
  }

  @Test
  void everyParameterIsDescribedAndNothingElse() {
    for (Route route : routes()) {
      Set<String> path = new TreeSet<>();
      Set<String> query = new TreeSet<>();
      for (JsonNode parameter : operation(route).path("parameters")) {
        (parameter.get("in").asText().equals("path") ? path : query)
            .add(parameter.get("name").asText());
      }
      assertThat(path).as(route.template()).isEqualTo(new TreeSet<>(route.names()));
      assertThat(query).as(route.template()).isEqualTo(new TreeSet<>(route.query()));
      assertThat(operation(route).has("requestBody"))
          .as(route.template())
          .isEqualTo(route.takesBody());
    }
  }

  @Test
  void ordersAreThoseOfTheTable() {
    List<String> described = new ArrayList<>();
    for (JsonNode parameter : document.at("/paths/~1features/get/parameters")) {
      if (parameter.get("name").asText().equals("sort")) {
        parameter.at("/schema/enum").forEach(name -> described.add(name.asText()));
      }
    }
    assertThat(described)
        .containsExactlyElementsOf(
            Stream.of(FeatureTable.Sort.values()).map(FeatureQuery::name).toList());
  }

  /** Ends of the ranges of parameters are taken, what is beyond is refused; nothing is started. */
  @Test
  void rangesOfParametersAreThoseOfTheCode() throws IOException {
    int ends = 0;
    for (Route route : routes()) {
      for (JsonNode parameter : operation(route).path("parameters")) {
        if (parameter.get("in").asText().equals("query")) {
          ends += tryEnds(route, parameter.get("name").asText(), parameter.get("schema"));
        }
      }
    }
    assertThat(ends).isGreaterThan(30);
  }

  private static int tryEnds(Route route, String name, JsonNode schema) throws IOException {
    int ends = 0;
    for (String end : List.of("minimum", "maximum", "maxLength")) {
      if (!schema.has(end)) {
        continue;
      }
      ends++;
      int last = schema.get(end).asInt();
      boolean text = end.equals("maxLength");
      String beyond = Integer.toString(end.equals("minimum") ? last - 1 : last + 1);
      HttpResponse<String> refused = ask(route, name, text ? dots(last + 1) : beyond);
      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
      assertThat(StudioFixture.json(refused).get("error").asText()).startsWith(name);
      if (route.method().equals("GET")) {
        HttpResponse<String> taken = ask(route, name, text ? dots(last) : Integer.toString(last));
        assertThat(taken.statusCode()).as(taken.body()).isIn(200, 409);
      }
    }
    return ends;
  }

  /** Of characters that take two of Java's each. */
  private static String dots(int many) {
    return "%F0%9F%94%B4".repeat(many);
  }

  private static HttpResponse<String> ask(Route route, String name, String value)
      throws IOException {
    String path =
        route.template().replace("{picture}", "corpus-1").replaceAll("\\{(row|column)}", "0");
    return route.method().equals("GET")
        ? studio.get(path + "?" + name + "=" + value)
        : studio.post(path + "?" + name + "=" + value);
  }

  /** All others are refused, by the document and by the code. */
  @Test
  void fieldsOfRequestsAreThoseOfTheCode() {
    Map<String, Class<?>> read = new TreeMap<>();
    for (JsonSubTypes.Type one : JobRequest.class.getAnnotation(JsonSubTypes.class).value()) {
      read.put(one.value().getSimpleName(), one.value());
      assertThat(schema(one.value().getSimpleName()).at("/properties/command/enum/0").asText())
          .isEqualTo(one.name());
    }
    assertThat(schema("JobRequest").get("oneOf")).hasSameSizeAs(read.keySet());
    read.put("NoteRequest", NoteRequest.class);
    read.put("Steps", StepsChoice.class);
    read.put("Unit", ComposeRequest.Part.class);
    read.forEach(
        (name, type) -> {
          Set<String> described = new TreeSet<>();
          schema(name).get("properties").fieldNames().forEachRemaining(described::add);
          described.remove("command");
          assertThat(schema(name).get("additionalProperties").asBoolean(true)).as(name).isFalse();
          assertThat(Stream.of(type.getRecordComponents()).map(RecordComponent::getName))
              .as(name)
              .containsExactlyInAnyOrderElementsOf(described);
        });
  }

  /** Of the note, whose writing costs nothing. */
  @Test
  void rangesOfANoteAreThoseOfTheCode() {
    JsonNode fields = schema("NoteRequest").get("properties");
    for (String name : List.of("label", "note")) {
      int most = fields.get(name).get("maxLength").asInt();
      String longest = "\ud83d\udd34".repeat(most);
      boolean label = name.equals("label");
      NoteRequest taken = new NoteRequest(label ? longest : "", label ? "" : longest, 0L);
      assertThat(label ? taken.label() : taken.note()).isEqualTo(longest);
      assertThatThrownBy(
              () -> new NoteRequest(label ? longest + "." : "", label ? "" : longest + ".", 0L))
          .hasMessageStartingWith(name + " has " + (most + 1) + " characters");
    }
    long least = fields.get("version").get("minimum").asLong();
    assertThat(new NoteRequest("", "", least).version()).isEqualTo(least);
    assertThatThrownBy(() -> new NoteRequest("", "", least - 1)).hasMessageStartingWith("version");
  }

  @Test
  void answersAreAsDescribed() throws IOException {
    String job;
    try (EventReader events = studio.events()) {
      job = studio.draw(3, 80, 1);
      fits(events.awaitState(job, "running"), schema("Job"), "event");
      events.awaitState(job, "done");
    }
    for (Route route : routes()) {
      if (!route.method().equals("GET") || route.template().endsWith("/events")) {
        continue;
      }
      int top = studio.json("/api/v1/features/3").at("/top/0/image").asInt();
      String path =
          route
              .template()
              .replace("{feature}", "3")
              .replace("{image}", Integer.toString(top))
              .replace("{picture}", "corpus-" + top)
              .replace("{row}", "0")
              .replace("{column}", "0")
              .replace("{job}", job)
              .replace("{file}", "index.html");
      HttpResponse<String> answer = studio.get(path);
      assertThat(answer.statusCode()).as(path).isEqualTo(200);
      JsonNode content = operation(route).at("/responses/200/content");
      String type =
          answer.headers().firstValue("Content-Type").orElseThrow().replaceFirst(";.*", "");
      assertThat(content.has(type)).as(path + " as " + type).isTrue();
      if (type.equals("application/json")) {
        fits(StudioFixture.json(answer), content.get(type).get("schema"), path);
      }
    }
  }

  @Test
  void refusalsAreAsDescribed() throws IOException {
    refused(studio.get("/api/v1/features?sort=best"), "/features", "get");
    refused(studio.get("/api/v1/features/99999"), "/features/{feature}", "get");
    refused(studio.get("/api/v1/corpus/99999.png"), "/corpus/{image}.png", "get");
    refused(studio.get("/api/v1/features/99999/note"), "/features/{feature}/note", "get");
    refused(studio.get("/api/v1/features?together=3"), "/features", "get");
    refused(studio.get("/api/v1/features?nearest=99999"), "/features", "get");
    refused(studio.get("/api/v1/features/99999/related"), "/features/{feature}/related", "get");
    refused(studio.put("/api/v1/features/3/note", "{}"), "/features/{feature}/note", "put");
    refused(studio.get("/api/v1/images/corpus-99999"), "/images/{picture}", "get");
    refused(studio.get("/api/v1/images/corpus-1?sort=best"), "/images/{picture}", "get");
    refused(studio.send("image/png", new byte[9]), "/images", "post");
    refused(studio.send("text/plain", new byte[9]), "/images", "post");
    refused(studio.delete("/api/v1/images/corpus-1"), "/images/{picture}", "delete");
    refused(studio.post("/api/v1/jobs", "{}"), "/jobs", "post");
    refused(studio.post("/api/v1/jobs"), "/jobs", "post");
    refused(studio.delete("/api/v1/jobs/none"), "/jobs/{job}", "delete");
    refused(studio.post("/api/v1/jobs/none/cancel"), "/jobs/{job}/cancel", "post");
    refused(studio.post("/api/v1/jobs/none/resume"), "/jobs/{job}/resume", "post");
    refused(studio.post("/api/v1/jobs/resume"), "/jobs/resume", "post");
  }

  private static void refused(HttpResponse<String> answer, String path, String method)
      throws IOException {
    assertThat(answer.statusCode()).isGreaterThanOrEqualTo(400);
    JsonNode responses = document.get("paths").get(path).get(method).get("responses");
    assertThat(responses.has(Integer.toString(answer.statusCode())))
        .as(path + " " + answer.statusCode())
        .isTrue();
    fits(StudioFixture.json(answer), schema("Refusal"), path);
  }

  private static JsonNode schema(String name) {
    return document.at("/components/schemas/" + name);
  }

  /** As much of OpenAPI's schemas as the document uses. */
  private static void fits(JsonNode value, JsonNode schema, String at) {
    if (schema.has("$ref")) {
      fits(value, document.at(schema.get("$ref").asText().substring(1)), at);
      return;
    }
    switch (schema.get("type").asText()) {
      case "object" -> {
        assertThat(value.isObject()).as(at).isTrue();
        schema
            .path("required")
            .forEach(name -> assertThat(value.has(name.asText())).as(at + "/" + name).isTrue());
        JsonNode others = schema.path("additionalProperties");
        value
            .properties()
            .forEach(
                property -> {
                  String below = at + "/" + property.getKey();
                  JsonNode known = schema.path("properties").path(property.getKey());
                  if (!known.isMissingNode()) {
                    fits(property.getValue(), known, below);
                  } else if (others.isObject()) {
                    fits(property.getValue(), others, below);
                  } else {
                    assertThat(others.asBoolean(true)).as(below + " is not described").isTrue();
                  }
                });
      }
      case "array" -> {
        assertThat(value.isArray()).as(at).isTrue();
        value.forEach(one -> fits(one, schema.get("items"), at + "/*"));
      }
      case "string" -> {
        assertThat(value.isTextual()).as(at).isTrue();
        if (schema.has("enum")) {
          List<String> words = new ArrayList<>();
          schema.get("enum").forEach(word -> words.add(word.asText()));
          assertThat(words).as(at).contains(value.asText());
        }
      }
      case "boolean" -> assertThat(value.isBoolean()).as(at).isTrue();
      case "integer" -> assertThat(value.isIntegralNumber()).as(at).isTrue();
      case "number" -> assertThat(value.isNumber()).as(at).isTrue();
      default -> throw new AssertionError(at + ": unknown type in " + schema);
    }
  }
}
