package org.tiltlens.page;

/** How all pages look. */
public final class Style {
  private static final String TEXT = Script.beside(Style.class, "style.css").text();

  private Style() {}

  /** The rules, as a style sheet. */
  public static String text() {
    return TEXT;
  }
}
