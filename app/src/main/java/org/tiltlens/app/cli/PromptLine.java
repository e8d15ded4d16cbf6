package org.tiltlens.app.cli;

import java.util.Map;
import org.tiltlens.models.Prompt;

/** What the prior of a run was told, as a line. */
final class PromptLine {
  private PromptLine() {}

  /** The line with its end; empty if it is told no text. */
  static String of(Map<String, String> priorOptions) {
    return Prompt.sentence(priorOptions)
        .map(sentence -> sentence + System.lineSeparator())
        .orElse("");
  }
}
