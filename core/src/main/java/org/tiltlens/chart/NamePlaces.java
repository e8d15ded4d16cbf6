package org.tiltlens.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds places for short names beside the dots of a plot, off the dots and off each other. */
public final class NamePlaces {
  private static final double WIDTH = 24;
  private static final double HEIGHT = 9;

  /** Room for a dot, from its centre. */
  private static final double DOT = 4;

  private static final double GAP = 7;

  private final List<Place> dots = new ArrayList<>();
  private final List<Place> names = new ArrayList<>();

  /**
   * A place.
   *
   * @param x of a dot's centre, or where a name starts
   * @param y of a dot's centre, or a name's base line
   */
  public record Place(double x, double y) {}

  /** Keeps names off a dot. */
  public void keepFree(double x, double y) {
    dots.add(new Place(x, y));
  }

  /** A free place right of, left of, above or below a dot; right of it if there is none. */
  public Place beside(double x, double y) {
    Place right = new Place(x + GAP, y + HEIGHT / 2);
    Place left = new Place(x - GAP - WIDTH, y + HEIGHT / 2);
    Place above = new Place(x - WIDTH / 2, y - GAP);
    Place below = new Place(x - WIDTH / 2, y + GAP + HEIGHT);
    Place name =
        Stream.of(right, left, above, below).filter(this::isFree).findFirst().orElse(right);
    names.add(name);
    return name;
  }

  private boolean isFree(Place name) {
    return dots.stream().noneMatch(dot -> covers(name, dot))
        && names.stream().noneMatch(other -> overlap(name, other));
  }

  private static boolean covers(Place name, Place dot) {
    return dot.x() > name.x() - DOT
        && dot.x() < name.x() + WIDTH + DOT
        && dot.y() > name.y() - HEIGHT - DOT
        && dot.y() < name.y() + DOT;
  }

  private static boolean overlap(Place name, Place other) {
    return Math.abs(name.x() - other.x()) < WIDTH && Math.abs(name.y() - other.y()) < HEIGHT;
  }
}
