package org.tiltlens.models;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** All of these options. */
  public static final Set<String> NAMES = Set.of(TEXT, NEGATIVE, SCALE);

  public Prompt {
    text = text == null ? "" : text;
    negative = negative == null ? "" : negative;
    requireText(TEXT, text);
    requireText(NEGATIVE, negative);
    scale = scale == 0 ? 0 : scale; // one zero, as a scale is part of what a run is
    if (!(scale >= 0 && scale < Double.POSITIVE_INFINITY)) {
      throw new SpecException("{cfg} %s, must be a finite number of at least 0", scale);
    }
    if (!negative.isEmpty() && scale == 1) {
      throw new SpecException(
          "{negative} '%s' says what guidance leads away from, and there is none at {cfg} 1: give"
              + " another {cfg}, such as 7.5, or leave {negative} out",
          negative);
    }
  }

  /** What no file can hold as it is would come back as another text. */
  private static void requireText(String name, String text) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int point = text.codePointAt(i);
      if (point == 0 || Character.getType(point) == Character.SURROGATE) {
        throw new SpecException(
            "{" + name + "} has U+%s as its character %s, which is no text: leave it out",
            "%04X".formatted(point),
            i + 1);
      }
    }
  }

  /**
   * Refuses guidance that leads nowhere, at two passes of the network a step.
   *
   * @throws SpecException if it leads from a text away from the same
   */
  void requireWay() {
    if (scale != 1 && text.equals(negative)) {
      throw new SpecException(
          "{cfg} %s leads from %s away from the same, which changes nothing: give another {prompt}"
              + " or {negative}, or leave {cfg} out",
          scale, text.isEmpty() ? "the empty prompt" : "'" + text + "'");
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

  /** Whether two priors' options tell the same, said or by saying nothing. */
  public static boolean isSame(Map<String, String> one, Map<String, String> other) {
    return of(one).equals(of(other));
  }

  /**
   * A prior's options, which say what it is told where it is told a text: the empty one, at scale
   * 1, if nothing is said.
   *
   * @param prior as in a spec
   * @throws SpecException if the prior cannot be told that, as its settings and the headers of its
   *     files show: a text to one that is told none, one too long, guidance that leads nowhere
   */
  public static Map<String, String> completed(String prior, Map<String, String> options) {
    Path path = Named.resolve(prior);
    if (!TextPrior.isOne(path)) {
      KnownPriorOptions.requireUntold(path, options);
      return options;
    }
    TextPrior.requireTold(path, options);
    Map<String, String> all = new LinkedHashMap<>(options);
    all.putIfAbsent(TEXT, "");
    all.putIfAbsent(SCALE, "1");
    return all;
  }

  /**
   * What a prior p is told, in a sentence for whoever reads the pictures; empty if it is told no
   * text.
   */
  public static Optional<String> sentence(Map<String, String> priorOptions) {
    return priorOptions.containsKey(TEXT)
        ? Optional.of(of(priorOptions).sentence())
        : Optional.empty();
  }

  private String sentence() {
    String told = text.isEmpty() ? "the empty prompt" : "“" + text + "”";
    if (scale == 1) {
      return "p is p(x | prompt), of the prompt: " + told + ".";
    }
    return "p is what classifier-free guidance by %s makes of p(x | prompt), of the prompt: %s, %s %s: %s."
        .formatted(
            Double.toString(scale).replaceFirst("\\.0$", ""),
            told,
            scale > 1 ? "away from" : "towards",
            negative.isEmpty() ? "the empty prompt" : "“" + negative + "”",
            scale > 1
                ? "sharper than p(x | prompt), so that its bits do not say how likely images are"
                : "blunter than p(x | prompt)");
  }
}
