package org.tiltlens.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * Takes requests in: guards, finds who answers, and says what cannot be answered without a trace.
 */
final class Front extends Handler.Abstract {
  /** What a spec of any job stays far below. */
  static final int MOST_BODY_BYTES = 64 << 10;

  private static final System.Logger LOG = System.getLogger("org.tiltlens");

  /** What pages of the studio may do: nothing that is not its own. */
  private static final String POLICY =
      "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src"
          + " 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  /** Of every answer, unless it says otherwise. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy", POLICY,
          "X-Content-Type-Options", "nosniff",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cache-Control", "no-store");

  private final List<Route> routes;
  private final Guard guard;

  Front(List<Route> routes, Guard guard) {
    this.routes = List.copyOf(routes);
    this.guard = guard;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    // None where a request is about the server itself, as of OPTIONS *.
    String path = Objects.requireNonNullElse(request.getHttpURI().getPath(), "");
    Answer answer;
    try {
      answer = answer(request, path);
    } catch (Refused e) {
      answer = refusal(path, e.status(), e.getMessage());
    } catch (IOException | RuntimeException | LinkageError e) {
      LOG.log(System.Logger.Level.WARNING, request.getMethod() + " " + path + " failed: " + e, e);
      answer = refusal(path, 500, "the studio failed; its console says how");
    }
    try {
      send(answer, request, response);
      callback.succeeded();
    } catch (IOException e) {
      // Who asked is gone, or too slow.
      callback.failed(e);
    }
    return true;
  }

  private Answer answer(Request request, String path) throws IOException {
    int port = Request.getLocalPort(request);
    Map<String, String> query = query(request);
    String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
    String shown = query.get("token");
    if (shown != null && method.equals("GET") && path.equals("/") && guard.isToken(shown)) {
      return Answer.seeOther("/").with("Set-Cookie", guard.cookie(port));
    }
    guard.check(request, port);
    Map<Route, Map<String, String>> found = new LinkedHashMap<>();
    for (Route route : routes) {
      route.match(path).ifPresent(parts -> found.put(route, parts));
    }
    if (found.isEmpty()) {
      throw Refused.missing("this page");
    }
    Optional<Route> route =
        found.keySet().stream().filter(one -> one.method().equals(method)).findFirst();
    if (route.isEmpty()) {
      return refusal(path, 405, "this can only be asked by another method")
          .with(
              "Allow",
              found.keySet().stream()
                  .map(Route::method)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    requireKnown(route.get(), query);
    String body = route.get().takesBody() ? body(request) : "";
    return route.get().handler().of(new Ask(found.get(route.get()), query, body));
  }

  private static Map<String, String> query(Request request) {
    Map<String, String> query = new LinkedHashMap<>();
    try {
      for (Fields.Field field : Request.extractQueryParameters(request)) {
        if (field.hasMultipleValues()) {
          throw Refused.wrong("the parameter '" + field.getName() + "' is given twice");
        }
        query.put(field.getName(), field.getValue());
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw Refused.wrong("the address' parameters cannot be read");
    }
    return query;
  }

  private static void requireKnown(Route route, Map<String, String> query) {
    for (String name : query.keySet()) {
      if (!route.query().contains(name)) {
        throw Refused.wrong(
            route.query().isEmpty()
                ? "'" + name + "': expected no parameters here"
                : "'" + name + "': expected parameters " + new TreeSet<>(route.query()));
      }
    }
  }

  private static String body(Request request) throws IOException {
    String type = request.getHeaders().get("Content-Type");
    if (type == null || !type.split(";", 2)[0].strip().equals("application/json")) {
      // Of what a form can send, without asking first, this is none.
      throw new Refused(415, "expected a body of type application/json");
    }
    if (request.getLength() > MOST_BODY_BYTES) {
      throw tooLarge();
    }
    try (InputStream in = Content.Source.asInputStream(request)) {
      byte[] body = in.readNBytes(MOST_BODY_BYTES + 1);
      if (body.length > MOST_BODY_BYTES) {
        throw tooLarge();
      }
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private static Refused tooLarge() {
    return new Refused(413, "the body has more than " + MOST_BODY_BYTES + " bytes");
  }

  private static Answer refusal(String path, int status, String message) {
    Refusal refusal = new Refusal(status, message);
    return path.startsWith(Api.ROOT)
        ? Answer.json(status, refusal)
        : Answer.page(status, "server/refusal.jte", refusal);
  }

  private static void send(Answer answer, Request request, Response response) throws IOException {
    String tag = answer.headers().get("ETag");
    boolean known = tag != null && tag.equals(request.getHeaders().get("If-None-Match"));
    response.setStatus(known ? 304 : answer.status());
    HttpFields.Mutable headers = response.getHeaders();
    HEADERS.forEach(headers::put);
    answer.headers().forEach(headers::put);
    boolean bodiless = known || answer.status() == 204 || request.getMethod().equals("HEAD");
    if (answer.length() >= 0 && !known && answer.status() != 204) {
      headers.put("Content-Length", answer.length());
    }
    try (Answer.Body body = answer.body();
        OutputStream out = Content.Sink.asOutputStream(response)) {
      if (!bodiless) {
        body.writeTo(out);
      }
    }
  }
}
