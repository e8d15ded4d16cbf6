package org.tiltlens.models;

import java.util.Map;
import org.tiltlens.run.SpecException;

/**
 * What a prior that is told a text is told: it is then p(x | text), or what classifier-free
 * guidance makes of it.
 *
 * @param text what the images are of; empty for the prior of all images, as it was trained to be
 * @param negative what guidance leads away from, in place of the empty text
 * @param scale w of {@link org.tiltlens.diffusion.ClassifierFree}: 1 for p(x | text) itself; more
 *     sharpens it beyond that
 */
public record Prompt(String text, String negative, double scale) {
  /** Prior option: the text. */
  public static final String TEXT = "prompt";

  /** Prior option: the negative text. */
  public static final String NEGATIVE = "negative";

  /** Prior option: the scale, of classes too. */
  public static final String SCALE = "guidance_scale";

  public Prompt {
    text = text == null ? "" : text;
    negative = negative == null ? "" : negative;
    if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new SpecException("{cfg} %s, must be a finite number of at least 0", scale);
    }
    if (!negative.isEmpty() && scale == 1) {
      throw new SpecException(
          "{negative} '%s' says what guidance leads away from, and there is none at {cfg} 1: give"
              + " another {cfg}, such as 7.5, or leave it out",
          negative);
    }
  }

  /**
   * What a prior's options say.
   *
   * @throws SpecException if the scale is no number, or the negative text has no meaning
   */
  public static Prompt of(Map<String, String> priorOptions) {
    String scale = priorOptions.getOrDefault(SCALE, "1");
    try {
      return new Prompt(
          priorOptions.get(TEXT), priorOptions.get(NEGATIVE), Double.parseDouble(scale));
    } catch (NumberFormatException e) {
      throw new SpecException("{cfg} '%s' is no number, such as 7.5", scale);
    }
  }
}
