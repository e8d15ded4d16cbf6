package org.tiltlens.server;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kind of request and who answers it.
 *
 * <p>Paths are matched as they were sent: nothing in them is decoded, so that no encoding of a dot
 * or a slash means anything.
 *
 * @param method of HTTP
 * @param template its path, such as {@code /features/{feature}}
 * @param query names of the parameters that it knows; others are refused
 * @param takes what it reads
 * @param handler answers it
 */
record Route(String method, String template, Set<String> query, Takes takes, Handler handler) {
  /** What a percentile looks like. */
  static final String PERCENTILE = "\\d{1,2}(?:\\.\\d{1,3})?";

  /** What the variable parts of paths look like; nothing else reaches a handler. */
  private static final Map<String, String> PARTS =
      Map.of(
          "feature", "\\d{1,9}",
          "image", "\\d{1,9}",
          "picture", SeenPictures.NAME,
          "row", "\\d{1,4}",
          "column", "\\d{1,4}",
          "percentile", PERCENTILE,
          "guidance", "exact|tilt|constant",
          "job", "[A-Za-z0-9][A-Za-z0-9-]{0,149}",
          "asset", "[a-z]+\\.[a-z]+",
          "file", "[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,4}");

  private static final Pattern PART = Pattern.compile("\\{(\\w+)}");

  /** What a request brings. */
  enum Takes {
    NOTHING(0, ""),

    /** A spec of any job stays far below. */
    JSON(64 << 10, "application/json"),

    /** A photograph as a camera writes it, whose bytes say of what format it is. */
    IMAGE(16 << 20, "image/[a-z0-9.+-]+|application/octet-stream");

    private final int most;
    private final String type;

    Takes(int most, String type) {
      this.most = most;
      this.type = type;
    }

    /** Bytes of the body, at most. */
    int most() {
      return most;
    }

    /** Whether a body says that it is this. None of the types is one that a form can send. */
    boolean fits(String contentType) {
      return contentType != null
          && contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).matches(type);
    }

    /**
     * What one that is too large is told.
     *
     * @param bytes how many it has; negative if nobody knows
     */
    Refused tooLarge(long bytes) {
      if (this == IMAGE) {
        String has = bytes < 0 ? "more" : "%.1f MB".formatted(bytes / (double) (1 << 20));
        return new Refused(
            413,
            "an image may have %d MB, this one has %s: save it smaller, for example as a JPEG of 2,000 pixels a side"
                .formatted(most >> 20, has));
      }
      return new Refused(413, "a request may have %d KB, this one has more".formatted(most >> 10));
    }

    /** What it is, in words. */
    String words() {
      return this == IMAGE ? "image/png or another image" : type;
    }
  }

  /** Answers a request. */
  interface Handler {
    Answer of(Ask ask) throws IOException;
  }

  static Route get(String template, Handler handler, String... query) {
    return new Route("GET", template, Set.of(query), Takes.NOTHING, handler);
  }

  static Route post(String template, Handler handler, String... query) {
    return new Route("POST", template, Set.of(query), Takes.NOTHING, handler);
  }

  static Route postJson(String template, Handler handler) {
    return new Route("POST", template, Set.of(), Takes.JSON, handler);
  }

  static Route postImage(String template, Handler handler) {
    return new Route("POST", template, Set.of(), Takes.IMAGE, handler);
  }

  static Route putJson(String template, Handler handler) {
    return new Route("PUT", template, Set.of(), Takes.JSON, handler);
  }

  static Route delete(String template, Handler handler) {
    return new Route("DELETE", template, Set.of(), Takes.NOTHING, handler);
  }

  boolean takesBody() {
    return takes != Takes.NOTHING;
  }

  /** The variable parts of a path of this route; empty for a path of another. */
  Optional<Map<String, String>> match(String path) {
    Matcher matcher = pattern().matcher(path);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Map<String, String> parts = new LinkedHashMap<>();
    List<String> names = names();
    for (int i = 0; i < names.size(); i++) {
      parts.put(names.get(i), matcher.group(i + 1));
    }
    return Optional.of(parts);
  }

  /** Names of the variable parts, in order. */
  List<String> names() {
    return PART.matcher(template).results().map(part -> part.group(1)).toList();
  }

  private Pattern pattern() {
    return Pattern.compile(
        PART.matcher(template.replace(".", "\\."))
            .replaceAll(part -> Matcher.quoteReplacement("(" + looks(part) + ")")));
  }

  private static String looks(MatchResult part) {
    return PARTS.get(part.group(1));
  }
}
