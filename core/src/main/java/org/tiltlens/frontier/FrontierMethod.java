package org.tiltlens.frontier;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** A way to drive a feature, as a frontier compares them. */
public enum FrontierMethod {
  RETRIEVAL("soft retrieval", "beta", "images of the corpus weighted by exp(β s), its own tilt"),
  TOP_K("top-K retrieval", "K", "the K images of the corpus that score highest"),
  BEST_OF_N("best of n", "n", "the best-scoring of n images of the corpus drawn at random"),
  EXACT(
      "exact samples",
      "beta",
      "samples of the prior's own tilt: its pool's images weighted by exp(β s), or particles"
          + " annealed from them where fewer than 30 of its paths count"),
  PLUG_IN_TILT(
      "plug-in tilt",
      "beta",
      "images guided by β times the clean estimate's score, an approximation of the tilt"),
  TWISTED(
      "twisted sampler",
      "beta",
      "particles of the plug-in tilt, weighed for what it gets wrong: nearer to the tilt the more"
          + " there are"),
  CONSTANT(
      "constant scale",
      "scale",
      "the published heuristic, no tilt of any β: the gradient times a constant scale");

  private final String label;
  private final String setting;
  private final String meaning;

  FrontierMethod(String label, String setting, String meaning) {
    this.label = label;
    this.setting = setting;
    this.meaning = meaning;
  }

  /** Its name in JSON and file names. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /** Whether its KL is that of the sampling paths, an upper bound. */
  public boolean isBound() {
    return this == PLUG_IN_TILT || this == CONSTANT;
  }

  /** What is set: {@code beta}, {@code K}, {@code n} or {@code scale}. */
  public String setting() {
    return setting;
  }

  /** One sentence without its full stop. */
  public String meaning() {
    return meaning;
  }
}
