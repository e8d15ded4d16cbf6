package org.tiltlens.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;

/**
 * Requests made from an OpenAPI document, each of which is broken somewhere: in a part of its path,
 * a parameter, a field of its body, its type, its method, or its form. Some are whole.
 */
final class BrokenRequests {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whole ones cost work; most of what a request has is left as it should be. */
  private static final double WHOLE = 0.03;

  /** What need not be said of a whole one mostly is, which many are refused for. */
  private static final double LEFT_OUT = 0.15;

  private static final List<String> STRANGE =
      List.of(
          "",
          " ",
          "-1",
          "0",
          "1e9",
          "1e309",
          "NaN",
          "Infinity",
          "999999999",
          "9999999999",
          "-9223372036854775809",
          "0x10",
          "1.5",
          "null",
          "true",
          "undefined",
          "../../etc/passwd",
          "..%2f..%2fetc%2fpasswd",
          "%00",
          "%",
          "%zz",
          "'; DROP TABLE notes; --",
          "<script>alert(1)</script>",
          "\u0000",
          "\ud800",
          "🙂".repeat(60),
          "a".repeat(300),
          "9".repeat(400),
          "corpus-999999999",
          "[]",
          "{}",
          "1,2,,3",
          "0-999999999",
          "exact&guidance=tilt",
          "é\u202e\ufeff");

  private final JsonNode document;
  private final Random random;
  private final List<String> jobs = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();

  private record Operation(String path, String method, JsonNode described) {}

  /**
   * A request as it goes out.
   *
   * @param name operation and what is wrong with it
   */
  record Request(String name, byte[] bytes, boolean bodiless) {}

  BrokenRequests(JsonNode document, long seed) {
    this.document = document;
    random = new Random(seed);
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        one ->
                            operations.add(
                                new Operation(path.getKey(), one.getKey(), one.getValue()))));
  }

  /** A job that there is, to ask for later. */
  void know(String job) {
    if (jobs.size() < 40) {
      jobs.add(job);
    }
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** The next one. */
  Request next() {
    Operation operation = any(operations);
    boolean whole = random.nextDouble() < WHOLE;
    int parts = 4 + operation.described.path("parameters").size();
    // Which part of the request is broken; the first four are its own.
    int broken = whole ? -1 : random.nextInt(parts);
    String method = operation.method.toUpperCase(Locale.ROOT);
    if (broken == 0) {
      method = any(List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO"));
    }
    String path = operation.path;
    StringJoiner query = new StringJoiner("&");
    int index = 4;
    for (JsonNode parameter : operation.described.path("parameters")) {
      String name = parameter.get("name").asText();
      boolean here = index++ == broken;
      String value = here ? any(STRANGE) : usual(name, parameter.get("schema"));
      if (parameter.get("in").asText().equals("path")) {
        path = path.replace("{" + name + "}", sometimes(0.5) ? encoded(value) : plain(value));
      } else if (here || sometimes(0.3)) {
        query.add(name + "=" + encoded(value));
        if (here && sometimes(0.2)) {
          query.add(name + "=" + encoded(value));
        }
      }
    }
    if (broken == 1) {
      query.add(any(List.of("x=1", "=", "&&", "%=%", "a".repeat(9000))));
    }
    byte[] body = body(operation.described.path("requestBody"), broken);
    String target = Api.ROOT + path + (query.length() > 0 ? "?" + query : "");
    String name = operation.method + " " + operation.path + " " + broken;
    return new Request(name, bytes(method, target, operation, body, broken), method.equals("HEAD"));
  }

  private boolean sometimes(double share) {
    return random.nextDouble() < share;
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /** As it is, save for what would end the line. */
  private static String plain(String value) {
    return value.replaceAll("[\\s\\x00]", "+");
  }

  private byte[] bytes(String method, String target, Operation operation, byte[] body, int broken) {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    head.append("Host: 127.0.0.1\r\n");
    JsonNode content = operation.described.path("requestBody").path("content");
    if (content.size() > 0) {
      String type = content.has("application/json") ? "application/json" : "image/png";
      head.append("Content-Type: ")
          .append(broken == 2 ? any(List.of("text/plain", "", "image/", "a/b;c", "é")) : type)
          .append("\r\n");
    }
    if (body.length > 0 || !method.equals("GET")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
    all.writeBytes(body);
    return all.toByteArray();
  }

  private byte[] body(JsonNode described, int broken) {
    JsonNode content = described.path("content");
    if (content.size() == 0) {
      return new byte[0];
    }
    if (!content.has("application/json")) {
      byte[] image = new byte[random.nextInt(600)];
      random.nextBytes(image);
      return image;
    }
    JsonNode value = usual(content.get("application/json").get("schema"));
    if (broken != 3) {
      return value.toString().getBytes(StandardCharsets.UTF_8);
    }
    if (sometimes(0.2)) {
      return form(value.toString());
    }
    breakField(value);
    return value.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A JSON text that is none, or not the usual one. */
  private byte[] form(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    switch (random.nextInt(6)) {
      case 0 -> bytes = json.substring(0, random.nextInt(json.length())).getBytes();
      case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      case 2 -> bytes = "[".repeat(5000).getBytes(StandardCharsets.UTF_8);
      case 3 -> bytes = ("{\"a\":" + "9".repeat(5000) + "}").getBytes(StandardCharsets.UTF_8);
      case 4 -> bytes = any(List.of("null", "[]", "1", "\"\"", "{}", "")).getBytes();
      default -> bytes = ("{\"command\": 1, " + json.substring(1)).getBytes(StandardCharsets.UTF_8);
    }
    return bytes;
  }

  /** One of its fields, or of those inside, becomes something else, or goes. */
  private void breakField(JsonNode value) {
    List<String> names = new ArrayList<>();
    value.fieldNames().forEachRemaining(names::add);
    if (names.isEmpty()) {
      return;
    }
    ObjectNode object = (ObjectNode) value;
    String name = any(names);
    if (object.get(name).isArray() && object.get(name).path(0).isObject() && sometimes(0.7)) {
      breakField(object.get(name).get(random.nextInt(object.get(name).size())));
      return;
    }
    switch (random.nextInt(9)) {
      case 0 -> object.remove(name);
      case 1 -> object.putNull(name);
      case 2 -> object.put(name, any(STRANGE));
      case 3 -> object.put(name, random.nextLong());
      case 4 -> object.put(name, (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(300)));
      case 5 -> object.put(name, sometimes(0.5));
      case 6 -> object.set(name, JSON.createObjectNode().put("a", 1));
      case 7 -> {
        ArrayNode many = JSON.createArrayNode();
        for (int i = 0; i < random.nextInt(40); i++) {
          many.add(any(STRANGE));
        }
        object.set(name, many);
      }
      default -> object.put(any(STRANGE), any(STRANGE));
    }
  }

  /** A parameter as it should be. */
  private String usual(String name, JsonNode schema) {
    if (name.equals("job")) {
      return jobs.isEmpty() || sometimes(0.3) ? "no-such-job" : any(jobs);
    }
    return switch (name) {
      case "picture" -> "corpus-" + random.nextInt(45);
      case "file" -> any(List.of("index.html", "run.json", "job.json", "0.png"));
      case "features" -> any(List.of("1", "2,5-6", "3"));
      case "image" -> Integer.toString(random.nextInt(45));
      default -> usual(schema).asText();
    };
  }

  private JsonNode usual(JsonNode given) {
    JsonNode schema =
        given.has("$ref") ? document.at(given.get("$ref").asText().substring(1)) : given;
    if (schema.has("oneOf")) {
      return usual(schema.get("oneOf").get(random.nextInt(schema.get("oneOf").size())));
    }
    if (schema.has("enum")) {
      return schema.get("enum").get(random.nextInt(schema.get("enum").size()));
    }
    switch (schema.get("type").asText()) {
      case "object" -> {
        ObjectNode object = JSON.createObjectNode();
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        for (Map.Entry<String, JsonNode> one : schema.get("properties").properties()) {
          if (required.contains(one.getKey()) || !sometimes(LEFT_OUT)) {
            object.set(one.getKey(), usual(one.getValue()));
          }
        }
        return object;
      }
      case "array" -> {
        ArrayNode array = JSON.createArrayNode();
        for (int i = 0; i <= random.nextInt(3); i++) {
          array.add(usual(schema.get("items")));
        }
        return array;
      }
      case "integer" -> {
        int least = schema.path("minimum").asInt(0);
        int most = Math.min(schema.path("maximum").asInt(8), least + 8);
        return JSON.getNodeFactory().numberNode(least + random.nextInt(most - least + 1));
      }
      case "number" -> {
        double least = schema.path("minimum").asDouble(0);
        double most = schema.path("maximum").asDouble(100);
        return JSON.getNodeFactory().numberNode(least + random.nextDouble() * (most - least));
      }
      default -> {
        return JSON.getNodeFactory()
            .textNode(any(List.of("a few words", "Dots", "top_k", "corpus-3")));
      }
    }
  }
}
