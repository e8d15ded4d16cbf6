package org.tiltlens.compare;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.SpecException;

/**
 * A way to show what a feature responds to, as {@code compare} sets them side by side: its names,
 * its settings, its mark in plots, and how it draws.
 *
 * <p>A new one is a class and a line in {@link Methods#ALL}.
 */
public abstract class Method {
  private final String key;
  private final String label;
  private final String meaning;
  private final Mark mark;

  /**
   * @param key its name in JSON, file names and on the command line
   * @param label its name for people
   * @param meaning one sentence without its full stop
   * @param mark of its images in plots, unlike that of any other method
   */
  Method(String key, String label, String meaning, Mark mark) {
    this.key = key;
    this.label = label;
    this.meaning = meaning;
    this.mark = mark;
  }

  /**
   * The method of a key.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  @JsonCreator
  public static Method of(String key) {
    return Methods.ALL.stream()
        .filter(method -> method.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown method '"
                        + key
                        + "': use "
                        + Methods.ALL.stream().map(Method::key).collect(Collectors.joining(", "))));
  }

  /** Its name in JSON, file names and on the command line. */
  @JsonValue
  public final String key() {
    return key;
  }

  /** Its name for people. */
  public final String label() {
    return label;
  }

  /** One sentence without its full stop. */
  public final String meaning() {
    return meaning;
  }

  /** How its images are drawn in plots. */
  final Mark mark() {
    return mark;
  }

  /**
   * What else of a spec decides its images than what decides those of all methods and its own
   * settings.
   */
  Map<String, Object> decidedBy(CompareSpec spec) {
    return Map.of();
  }

  /** Whether its images are those of the study that finds a beta for the target. */
  boolean findsBeta() {
    return false;
  }

  /** Whether its images come from the comparison's pool. */
  boolean startsFromPool() {
    return false;
  }

  /** Whether it has a place in such steps of the prior, with its usual settings. */
  public boolean goesWith(StepsSpec.Form form) {
    return true;
  }

  /**
   * Refuses a comparison whose models or steps it cannot draw by, before anything is drawn.
   *
   * @throws IllegalArgumentException one line that names the fix
   */
  void require(CompareSpec spec, Bundle bundle) {
    requireIn(spec.form());
  }

  /**
   * Refuses steps in which it has no place with its usual settings.
   *
   * @throws SpecException if it has none
   */
  public final void requireIn(StepsSpec.Form form) {
    requireForm(goesWith(form), form);
  }

  /** Refuses a form of a step where it has no place in it. */
  final void requireForm(boolean has, StepsSpec.Form form) {
    if (!has) {
      throw new SpecException(
          "method '%s' has no place in steps of {form} %s: leave it out of {methods}, or give"
              + " {form} ddpm",
          key, form.word());
    }
  }

  /** How far {@link #draw} advances its task. */
  abstract long units(CompareDrawing from);

  /**
   * Draws its images, or what an earlier process left to do.
   *
   * @param from what to draw for
   * @param to where the images go
   */
  abstract Drawn draw(CompareDrawing from, DrawnImages to) throws IOException;

  @Override
  public final String toString() {
    return key;
  }
}
