package org.tiltlens.compare;

import java.util.List;
import org.tiltlens.models.StepsSpec;

/** The methods that {@code compare} knows. */
public final class Methods {
  /** All, in the order of the page's columns. */
  public static final List<Method> ALL =
      List.of(
          new TopK(),
          new SoftRetrieval(),
          new Exact(),
          new Tilt(),
          new Twisted(),
          ConstantScale.published(),
          ConstantScale.inEqualSteps(),
          new Pixel(),
          new Fourier(),
          new Maco(),
          new Vital(),
          new SoftPrompt(),
          new MaskedPrompt());

  /** Those that any bundle's models serve: a prior that is told no text, and no language model. */
  public static final List<Method> USUAL =
      ALL.stream().filter(method -> !(method instanceof PromptMethod<?>)).toList();

  /** The usual ones that have a place in such steps of the prior. */
  public static List<Method> usual(StepsSpec.Form form) {
    return USUAL.stream().filter(method -> method.goesWith(form)).toList();
  }

  private Methods() {}
}
