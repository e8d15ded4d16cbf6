package org.tiltlens.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.page.Pages;
import org.tiltlens.run.Json;
import org.tiltlens.run.Sha256;

/**
 * What a request gets.
 *
 * @param status of HTTP
 * @param headers beside those that every answer has
 * @param body all of it, or what is written as it comes
 */
record Answer(int status, Map<String, String> headers, Body body) {
  private static final String TYPE = "Content-Type";
  private static final int TAG_BYTES = 12;

  /**
   * Of a page that a command wrote: it may look as it says, in a frame of the studio, and do
   * nothing.
   */
  private static final String WRITTEN_POLICY =
      "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none';"
          + " base-uri 'none'; frame-ancestors 'self'";

  /** Bytes on their way out; closed also where nobody wants them. */
  interface Body extends AutoCloseable {
    void writeTo(OutputStream out) throws IOException;

    @Override
    default void close() {}
  }

  /** A body that is known as a whole. */
  private static final class Whole implements Body {
    private final byte[] bytes;

    Whole(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      out.write(bytes);
    }
  }

  Answer {
    headers = Map.copyOf(headers);
  }

  private static Answer of(int status, String type, byte[] bytes) {
    return new Answer(status, Map.of(TYPE, type), new Whole(bytes));
  }

  private static Answer of(int status, String type, String text) {
    return of(status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A record as JSON. */
  static Answer json(int status, Object value) {
    return jsonText(status, Json.write(value));
  }

  /** A text that is JSON. */
  static Answer jsonText(int status, String json) {
    return of(status, "application/json", json);
  }

  /** A table. */
  static Answer csv(String text) {
    return of(200, "text/csv; charset=utf-8", text);
  }

  /** A template filled in. */
  static Answer page(int status, String template, Object shown) {
    return of(status, "text/html; charset=utf-8", Pages.html(template, shown));
  }

  /** A page as a command writes it: a file of its own, which brings its style. */
  static Answer written(String html) {
    return of(200, "text/html; charset=utf-8", html)
        .with("Content-Security-Policy", WRITTEN_POLICY);
  }

  /** A file of this module that a page uses, which changes with its content alone. */
  static Answer asset(String type, String text) {
    return tagged(type, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A picture that is kept by who sees it, and asked for again by its tag. */
  static Answer png(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      // A link that somebody put there may lead anywhere.
      throw Refused.missing("this picture");
    }
    return tagged("image/png", Files.readAllBytes(file));
  }

  private static Answer tagged(String type, byte[] bytes) {
    return of(200, type, bytes)
        .with("ETag", '"' + HexFormat.of().formatHex(Sha256.bytesOf(bytes), 0, TAG_BYTES) + '"')
        .with("Cache-Control", "private, no-cache");
  }

  /** Events as they come. */
  static Answer events(Body body) {
    return new Answer(200, Map.of(TYPE, "text/event-stream", "Cache-Control", "no-store"), body);
  }

  /** Nothing. */
  static Answer nothing(int status) {
    return new Answer(status, Map.of(), new Whole(new byte[0]));
  }

  /** Another place to look at. */
  static Answer seeOther(String path) {
    return nothing(303).with("Location", path);
  }

  Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Answer(status, more, body);
  }

  /** Bytes of the body; -1 where nobody knows. */
  long length() {
    return body instanceof Whole whole ? whole.bytes.length : -1;
  }
}
