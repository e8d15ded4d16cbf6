package org.tiltlens.page;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Pictures that belong together, as a page shows them.
 *
 * @param title what they are
 * @param aim what they were aimed at, a part of the title
 * @param lines the numbers of them all
 * @param note why these are to be doubted; null if nothing is known against them
 * @param pictures the pictures
 */
public record PictureRow(
    String title, List<Reading> aim, List<Line> lines, String note, List<Picture> pictures) {

  /** Those lines that say anything. */
  public static List<Line> lines(Line... lines) {
    return Stream.of(lines).filter(line -> !line.readings().isEmpty()).toList();
  }

  /** A line of those numbers that are known. */
  public static Line line(String name, Reading... readings) {
    return new Line(name, known(readings));
  }

  /** Those that are no null. */
  public static List<Reading> known(Reading... readings) {
    return Stream.of(readings).filter(Objects::nonNull).toList();
  }

  /** Pictures that nothing is known against. */
  public PictureRow(String title, List<Reading> aim, List<Line> lines, List<Picture> pictures) {
    this(title, aim, lines, null, pictures);
  }

  /**
   * A line of numbers.
   *
   * @param name what they say
   * @param readings at least one
   */
  public record Line(String name, List<Reading> readings) {}

  /**
   * A picture and what stands under it.
   *
   * @param image the picture
   * @param overlay the activation map to lay over it; null for samples
   * @param maps what else explains its score
   * @param description for readers who do not see it
   * @param label its class in the corpus; null if it has none
   * @param readings its numbers
   */
  public record Picture(
      EmbeddedPng image,
      EmbeddedPng overlay,
      List<MapLayer> maps,
      String description,
      String label,
      List<Reading> readings) {

    /** A picture with no other map than its overlay. */
    public Picture(
        EmbeddedPng image,
        EmbeddedPng overlay,
        String description,
        String label,
        List<Reading> readings) {
      this(image, overlay, List.of(), description, label, readings);
    }
  }

  /**
   * A map to lay over a picture.
   *
   * @param method how it was made, by the name that the page's choice of maps has for it
   */
  public record MapLayer(String method, EmbeddedPng overlay) {}
}
