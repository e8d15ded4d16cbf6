package org.tiltlens.server;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tiltlens.run.Json;
import org.tiltlens.run.UnknownFieldException;

/**
 * A request whose route is known.
 *
 * @param path the variable parts of its path, each of the form that {@link Route} asks for
 * @param query its parameters, all of which the route knows
 * @param body empty where the route takes none
 */
record Ask(Map<String, String> path, Map<String, String> query, ByteBuffer body) {

  /** A part of the path. */
  String part(String name) {
    return path.get(name);
  }

  /** A part of the path that is a number of at most nine digits. */
  int number(String name) {
    return Integer.parseInt(part(name));
  }

  /** All parameters that have a value, as an address has them. */
  String address() {
    return query.entrySet().stream()
        .filter(one -> !one.getValue().isBlank())
        .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** A parameter; empty if it was not given, or given without a value. */
  Optional<String> given(String name) {
    return Optional.ofNullable(query.get(name)).filter(text -> !text.isBlank());
  }

  /** A parameter that is a whole number. */
  int whole(String name, int usual, int least, int most) {
    Optional<String> text = given(name);
    if (text.isEmpty()) {
      return usual;
    }
    try {
      int value = Integer.parseInt(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below, with what is out of range.
    }
    throw Refused.wrong(
        "%s is '%s', expected a whole number in %d..%d".formatted(name, text.get(), least, most));
  }

  /** A parameter that is a share. */
  double share(String name, double usual) {
    Optional<String> text = given(name);
    if (text.isEmpty()) {
      return usual;
    }
    try {
      double value = Double.parseDouble(text.get());
      if (value >= 0 && value <= 1) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below, with what is out of range.
    }
    throw Refused.wrong("%s is '%s', expected a share in 0..1".formatted(name, text.get()));
  }

  /** A parameter that is {@code true} or {@code false}; false if not given. */
  boolean flag(String name) {
    String text = given(name).orElse("false");
    if (!text.equals("true") && !text.equals("false")) {
      throw Refused.wrong("%s is '%s', expected true or false".formatted(name, text));
    }
    return Boolean.parseBoolean(text);
  }

  /**
   * The body as JSON.
   *
   * @throws Refused if it is none, or says what the type does not know, which would be lost
   */
  <T> T json(Class<T> type) {
    try {
      // A decoder of its own, as the usual one puts signs in the place of what it cannot read.
      String text = StandardCharsets.UTF_8.newDecoder().decode(body.duplicate()).toString();
      return Json.parseExactly(text, type);
    } catch (CharacterCodingException e) {
      throw Refused.wrong("the body is no text in UTF-8");
    } catch (UnknownFieldException e) {
      throw Refused.wrong(e.getMessage() + meant(NearWords.to(e.name(), e.known())));
    } catch (IllegalArgumentException e) {
      throw Refused.wrong(e.getMessage());
    }
  }

  private static String meant(List<String> near) {
    return near.isEmpty() ? "" : ": did you mean '" + String.join("' or '", near) + "'?";
  }
}
