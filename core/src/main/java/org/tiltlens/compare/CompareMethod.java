package org.tiltlens.compare;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A way to show what a feature responds to, as {@code compare} sets them side by side. */
public enum CompareMethod {
  TOP_K("top-K retrieval", "the corpus' images of the highest scores"),
  SOFT_RETRIEVAL(
      "soft retrieval", "images of the corpus drawn by exp(β s): the tilt of the corpus itself"),
  TILT(
      "KLSC, tilt", "images guided by β times the clean estimate's score, an approximation of q_β"),
  TWISTED(
      "KLSC, twisted",
      "particles of the tilt, weighed for what it gets wrong: nearer to q_β the more there are"),
  CONSTANT(
      "KLSC, constant scale",
      "the published settings, a heuristic: the gradient times a constant scale, capped, over 1000"
          + " steps"),
  PIXEL("pixel ascent", "gradient ascent on the pixels with total variation and L2: a point"),
  FOURIER(
      "Fourier", "ascent on decorrelated Fourier coefficients under random transforms: a point"),
  MACO("MACO", "ascent on the phases alone, magnitudes fixed to the corpus' mean: a point"),
  VITAL("VITAL", "matches the sorted activations of real images, layer by layer: a point");

  private final String label;
  private final String meaning;

  CompareMethod(String label, String meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /** Its name in JSON, file names and on the command line. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /** One sentence without its full stop. */
  public String meaning() {
    return meaning;
  }

  /** Whether it climbs to a point instead of drawing from a distribution. */
  public boolean isAscent() {
    return this == PIXEL || this == FOURIER || this == MACO || this == VITAL;
  }

  /**
   * The method of a key.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static CompareMethod of(String key) {
    return Arrays.stream(values())
        .filter(method -> method.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown method '"
                        + key
                        + "': use "
                        + Arrays.stream(values())
                            .map(CompareMethod::key)
                            .collect(Collectors.joining(", "))));
  }
}
