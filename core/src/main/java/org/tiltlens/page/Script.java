package org.tiltlens.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.tiltlens.run.Sha256;

/**
 * A script inside a page, which allows no other: its policy names the one by its hash.
 *
 * @param text all of it
 */
public record Script(String text) {
  /** Makes the maps over pictures fainter, or stronger, by a slider. */
  public static Script opacity() {
    return beside(Script.class, "opacity.js");
  }

  /** Reads a resource beside a class. */
  public static Script beside(Class<?> owner, String name) {
    try (InputStream in = owner.getResourceAsStream(name)) {
      return new Script(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It as the source that the page's policy allows: {@code 'sha256-...'}. */
  public String source() {
    return "'sha256-" + Base64.getEncoder().encodeToString(Sha256.bytesOf(text)) + "'";
  }
}
