package org.tiltlens.run;

import java.util.List;

/**
 * A field that a JSON text has and its reader does not know, so that what it says would be lost.
 */
public final class UnknownFieldException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String name;
  private final List<String> known;

  /**
   * @param field where it stands, such as {@code units[1].featre}
   * @param name its own, the last part of that
   * @param known the fields that there are beside it
   */
  UnknownFieldException(String field, String name, List<String> known) {
    super(
        "unknown field '%s', expected %s"
            .formatted(field, known.isEmpty() ? "none" : String.join(", ", known)));
    this.name = name;
    this.known = List.copyOf(known);
  }

  /** Its name, without where it stands. */
  public String name() {
    return name;
  }

  /** Names of the fields that there are. */
  public List<String> known() {
    return known;
  }
}
