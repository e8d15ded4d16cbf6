package org.tiltlens.explain;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.tiltlens.measuring.HeatMethod;
import org.tiltlens.metrics.Interval;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.Line;
import org.tiltlens.page.Pages;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.page.Script;

/**
 * The page of an explained picture: one file of HTML that holds its pictures and asks nothing of
 * any network.
 *
 * @param run the explanation
 * @param picture the picture as the network saw it
 * @param maps one per method
 * @param asked what the probe asked; empty without one
 * @param script makes the maps fainter
 */
record ExplainPage(
    ExplainResult run, Figure picture, List<Figure> maps, List<Asked> asked, Script script) {
  private static final String AT = "/results/0";

  /**
   * A picture.
   *
   * @param image the picture
   * @param overlay the map to lay over it; null if none
   * @param title what it is
   * @param meaning how to read it; null if its title says so
   * @param setting what it was made with; null if nothing
   * @param readings its numbers
   */
  record Figure(
      EmbeddedPng image,
      EmbeddedPng overlay,
      String title,
      String meaning,
      String setting,
      List<Reading> readings) {}

  /**
   * A row of the probe's table.
   *
   * @param how what was done to the images
   * @param removes what that takes from them; null for images as they are
   * @param picture what it does to the explained picture; null for images as they are
   * @param score mean score of the images
   * @param kept share of it that is left; null where there is none
   * @param untold whether it is null because the images have nothing to take
   */
  record Asked(String how, String removes, Figure picture, Line score, Line kept, boolean untold) {}

  /**
   * Writes {@code index.html}, whole or not at all.
   *
   * @param folder where the pictures that the result names are
   */
  static void write(Path folder, ExplainResult run) throws IOException {
    Pages.write(folder, "explain/explain.jte", of(folder, run));
  }

  private static ExplainPage of(Path folder, ExplainResult run) throws IOException {
    ExplainResult.UnitResult unit = run.results().get(0);
    EmbeddedPng image = EmbeddedPng.read(folder.resolve(unit.image()));
    List<Figure> maps = new ArrayList<>();
    for (int i = 0; i < unit.maps().size(); i++) {
      ExplainResult.MapResult map = unit.maps().get(i);
      HeatMethod method = HeatMethod.ofKey(map.method());
      String at = AT + "/maps/" + i;
      maps.add(
          new Figure(
              image,
              EmbeddedPng.read(folder.resolve(map.file())),
              method.label(),
              method.meaning(),
              map.setting(),
              List.of(
                  Reading.of(Quantity.HEAT, map.lowest(), at + "/lowest"),
                  Reading.of(Quantity.HEAT, map.highest(), at + "/highest"))));
    }
    List<Reading> readings =
        Stream.of(
                Reading.of(Quantity.SCORE, unit.score(), AT + "/score"),
                Reading.of(Quantity.PERCENTILE, unit.percentile(), AT + "/percentile"))
            .filter(Objects::nonNull)
            .toList();
    Figure picture = new Figure(image, null, "As the network saw it", null, null, readings);
    return new ExplainPage(run, picture, maps, asked(folder, unit.reliance()), Script.opacity());
  }

  private static List<Asked> asked(Path folder, ExplainResult.RelianceResult reliance)
      throws IOException {
    if (reliance == null) {
      return List.of();
    }
    String at = AT + "/reliance";
    List<Asked> asked = new ArrayList<>();
    asked.add(
        new Asked(
            "as they are",
            null,
            null,
            line(Quantity.SCORE, reliance.score(), at + "/score"),
            null,
            false));
    boolean driven = reliance.altered().stream().anyMatch(altered -> altered.kept() != null);
    for (int i = 0; i < reliance.altered().size(); i++) {
      ExplainResult.AlteredResult altered = reliance.altered().get(i);
      String here = at + "/altered/" + i;
      Figure picture =
          new Figure(
              EmbeddedPng.read(folder.resolve(altered.file())),
              null,
              "This picture " + altered.alteration(),
              null,
              null,
              List.of(Reading.of(Quantity.SCORE, altered.pictureScore(), here + "/picture_score")));
      asked.add(
          new Asked(
              altered.alteration(),
              altered.removes(),
              picture,
              line(Quantity.SCORE, altered.score(), here + "/score"),
              line(Quantity.KEPT, altered.kept(), here + "/kept"),
              driven && altered.kept() == null));
    }
    return asked;
  }

  private static Line line(Quantity quantity, Interval interval, String at) {
    return interval == null
        ? null
        : new Line(
            Reading.of(quantity, interval.value(), at + "/value"),
            Reading.of(quantity, interval.low(), at + "/low"),
            Reading.of(quantity, interval.high(), at + "/high"));
  }

  ExplainResult.UnitResult unit() {
    return run.results().get(0);
  }

  /** The unit in words: {@code feature 81} or as it prints itself. */
  String name() {
    return unit().feature() == null ? unit().unit() : "feature " + unit().feature();
  }

  /** The name of the picture's file without its folders. */
  String fileName() {
    return Path.of(run.spec().image()).getFileName().toString();
  }

  Reading floor() {
    return Reading.of(Quantity.SCORE, unit().reliance().floor(), AT + "/reliance/floor");
  }

  /** What its numbers measure. */
  Set<Quantity> quantities() {
    Set<Quantity> quantities = EnumSet.of(Quantity.SCORE);
    if (unit().percentile() != null) {
      quantities.add(Quantity.PERCENTILE);
    }
    if (!asked.isEmpty()) {
      quantities.add(Quantity.KEPT);
    }
    return quantities;
  }
}
