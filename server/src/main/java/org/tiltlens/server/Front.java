package org.tiltlens.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
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
  /** A body takes no longer to come, however little of it comes at a time. */
  private static final long BODY_NANOS = 60_000_000_000L;

  /** What is said where there is no more to say. */
  static final String FAILED = "the studio failed; its console says how";

  private static final int PIECE = 64 << 10;

  /** Images that come at the same time; each is held in memory. */
  private static final int MOST_IMAGES = 2;

  private static final System.Logger LOG = System.getLogger("org.tiltlens");

  /** What pages of the studio may do: nothing that is not its own. */
  private static final String POLICY =
      "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self';"
          + " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

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
  private final Path folder;
  private final Semaphore images = new Semaphore(MOST_IMAGES);

  /**
   * @param folder the studio's, where answers are kept
   */
  Front(List<Route> routes, Guard guard, Path folder) {
    this.routes = List.copyOf(routes);
    this.guard = guard;
    this.folder = folder;
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
      answer = failure(request.getMethod(), path, e);
    }
    AnswerStream out = AnswerStream.to(request, response);
    try {
      send(answer, request, response, out);
      callback.succeeded();
    } catch (IOException | RuntimeException | LinkageError e) {
      if (!out.isDeserted()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "%s %s: its answer breaks off after %d bytes: %s"
                .formatted(request.getMethod(), path, out.written(), e));
      }
      // What is not whole must not end as if it were.
      callback.failed(e);
    }
    return true;
  }

  private Answer failure(String method, String path, Throwable failure) {
    if (FullDisk.isCause(failure, folder)) {
      return refusal(path, 507, FullDisk.WORDS);
    }
    LOG.log(System.Logger.Level.WARNING, method + " " + path + " failed: " + failure, failure);
    return refusal(path, 500, FAILED);
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
    return answer(route.get(), found.get(route.get()), query, request);
  }

  private Answer answer(
      Route route, Map<String, String> parts, Map<String, String> query, Request request)
      throws IOException {
    boolean large = route.takes() == Route.Takes.IMAGE;
    if (large && !images.tryAcquire()) {
      throw new Refused(429, MOST_IMAGES + " images come in already: try again");
    }
    try {
      return route.handler().of(new Ask(parts, query, body(request, route.takes())));
    } finally {
      if (large) {
        images.release();
      }
    }
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

  private static ByteBuffer body(Request request, Route.Takes takes) {
    if (takes == Route.Takes.NOTHING) {
      return ByteBuffer.allocate(0);
    }
    if (!takes.fits(request.getHeaders().get("Content-Type"))) {
      // Of what a form can send, without asking first, this is none.
      throw new Refused(415, "expected a body of type " + takes.words());
    }
    if (request.getLength() > takes.most()) {
      throw takes.tooLarge(request.getLength());
    }
    long end = System.nanoTime() + BODY_NANOS;
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (InputStream in = Content.Source.asInputStream(request)) {
      byte[] piece = new byte[PIECE];
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        body.write(piece, 0, read);
        if (body.size() > takes.most()) {
          throw takes.tooLarge(-1);
        }
        if (System.nanoTime() - end > 0) {
          throw new Refused(408, "the body took longer than a minute to come");
        }
      }
    } catch (IOException e) {
      // Whoever sends it fell silent, or is gone: no fault of the studio.
      throw e.getCause() instanceof TimeoutException
          ? new Refused(408, "the body stopped coming")
          : new Refused(400, "the body ends before its length");
    }
    return ByteBuffer.wrap(body.toByteArray());
  }

  private static Answer refusal(String path, int status, String message) {
    Refusal refusal = new Refusal(status, message);
    return path.startsWith(Api.ROOT)
        ? Answer.json(status, refusal)
        : Answer.page(status, "server/refusal.jte", refusal);
  }

  private static void send(Answer answer, Request request, Response response, OutputStream out)
      throws IOException {
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
    try (Answer.Body body = answer.body()) {
      if (!bodiless) {
        body.writeTo(out);
      }
      out.close();
    }
  }
}
