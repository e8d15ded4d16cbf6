package org.tiltlens;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Draws the rooms on their floors, what each uses and the way of one run, from the compiled code
 * and each room's own description: {@code scripts/tool org.tiltlens.RoomsPicture docs/rooms.svg}.
 *
 * <p>A room uses only rooms on lower floors. Each names those it uses, without the ones that follow
 * from others: lines for all of them would cross all over. Only the run's way is drawn.
 */
final class RoomsPicture {
  private static final int MARGIN = 28;
  private static final int GAP = 32;
  private static final int WIDE = 224;
  private static final int HIGH = 135;
  private static final int FLOOR = HIGH + 38;
  private static final int HEAD = 58;
  private static final int WIDTH = 2 * MARGIN + 6 * WIDE + 5 * GAP;

  /** Columns in the order in which rooms off the run's way take them. */
  private static final List<Integer> ASIDE = List.of(0, 1, 2, 5, 4, 3);

  /**
   * A stop of a run.
   *
   * @param caller who calls the room; null for the first
   * @param column where it is drawn
   * @param what it does for the run
   */
  private record Stop(String room, String caller, int column, String what) {}

  /** The way of {@code visualize} to its images. */
  private static final List<Stop> RUN =
      List.of(
          new Stop("jobs", null, 3, "starts the command by its name"),
          new Stop("study", "jobs", 3, "takes the spec and the folder, asks if it is finished"),
          new Stop("models", "study", 4, "opens what the spec names"),
          new Stop("sampling", "study", 3, "walks from noise to images, keeps what is under way"),
          new Stop("synthesis", "sampling", 3, "tilts each step by the score's gradient"),
          new Stop("diffusion", "synthesis", 3, "predicts a step of the prior"),
          new Stop("feature", "synthesis", 3, "scores the clean estimate by the unit's activation"),
          new Stop("measuring", "study", 4, "measures each finished image"),
          new Stop("run", "study", 4, "writes run.json, whole or not at all"));

  private record Box(int column, int floor, int y) {
    int x() {
      return MARGIN + column * (WIDE + GAP);
    }

    int middle() {
      return x() + WIDE / 2;
    }

    int bottom() {
      return y + HIGH;
    }
  }

  private final SortedMap<String, SortedSet<String>> arrows;
  private final Map<String, Box> boxes = new LinkedHashMap<>();
  private final int end;

  private RoomsPicture(SortedMap<String, SortedSet<String>> arrows) {
    this.arrows = arrows;
    SortedMap<Integer, List<String>> floors = new TreeMap<>();
    Rooms.floors(arrows)
        .forEach((room, floor) -> floors.computeIfAbsent(floor, f -> new ArrayList<>()).add(room));
    int top = floors.lastKey();
    floors.forEach((floor, rooms) -> place(floor, rooms, HEAD + (top - floor) * FLOOR));
    this.end = HEAD + top * FLOOR;
  }

  /** Writes the picture to the file that the first argument names. */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[0]), svg(Path.of(".")));
  }

  /**
   * The picture as an SVG document.
   *
   * @param project its root
   * @throws IllegalStateException if the run's way is not the code's
   */
  static String svg(Path project) throws IOException {
    return new RoomsPicture(Rooms.actual(Rooms.classes())).draw(project);
  }

  private void place(int floor, List<String> rooms, int y) {
    List<Integer> free = new ArrayList<>(ASIDE);
    for (Stop stop : RUN) {
      if (rooms.contains(stop.room)) {
        boxes.put(stop.room, new Box(stop.column, floor, y));
        free.remove((Integer) stop.column);
      }
    }
    for (String room : rooms) {
      if (!boxes.containsKey(room)) {
        if (free.isEmpty()) {
          throw new IllegalStateException("no place for '" + room + "' beside " + rooms);
        }
        boxes.put(room, new Box(free.remove(0), floor, y));
      }
    }
  }

  private String draw(Path project) throws IOException {
    int height = end + 150;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif">
        <rect width="100%%" height="100%%" fill="#fbfaf6"/>
        <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="#b4562a"/></marker></defs>
        """
            .formatted(WIDTH, height));
    svg.append(text(MARGIN, 34, "17", "600", "#1b1b1a", "The rooms of Tiltlens"));
    svg.append(
        text(
            MARGIN + 230,
            34,
            "12.5",
            "400",
            "#5b5a55",
            "A room uses only rooms on lower floors: those after the arrow, and what these use."
                + " Dashed: serves inside, not for users of the library."));
    for (Map.Entry<String, Box> room : boxes.entrySet()) {
      svg.append(box(room.getKey(), room.getValue(), Rooms.job(project, room.getKey())));
    }
    for (Stop stop : RUN) {
      if (stop.caller != null) {
        svg.append(way(stop));
      }
    }
    return svg.append(legend()).append("</svg>\n").toString();
  }

  /** Down in one column, to the next floor, or through the gap beside the caller. */
  private String way(Stop stop) {
    if (!arrows.get(stop.caller).contains(stop.room)) {
      throw new IllegalStateException("'" + stop.caller + "' does not use '" + stop.room + "'");
    }
    Box from = boxes.get(stop.caller);
    Box to = boxes.get(stop.room);
    boolean sameColumn = from.column == to.column;
    boolean free =
        boxes.values().stream()
            .noneMatch(
                box -> box.column == from.column && box.floor < from.floor && box.floor > to.floor);
    if (sameColumn && free) {
      return line("M%d %dV%d", from.middle(), from.bottom(), to.y - 2);
    }
    int beside = sameColumn ? from.x() - GAP / 2 : from.x() + WIDE + GAP / 2;
    int out = sameColumn ? from.x() + 30 : from.x() + WIDE - 30;
    int in = sameColumn ? to.x() + 30 : to.middle();
    return line(
        "M%d %dV%dH%dV%dH%dV%d",
        out, from.bottom(), from.bottom() + 14, beside, to.y - 14, in, to.y - 2);
  }

  private static String line(String path, Object... places) {
    return String.format(
        Locale.ROOT,
        "<path d=\"%s\" fill=\"none\" stroke=\"#b4562a\" stroke-width=\"2\""
            + " stroke-linejoin=\"round\" marker-end=\"url(#tip)\"/>%n",
        path.formatted(places));
  }

  /** The rooms a room uses, without those that follow from others. */
  private Set<String> direct(String room) {
    Set<String> direct = new TreeSet<>(arrows.get(room));
    for (String other : arrows.get(room)) {
      direct.removeAll(reachable(other));
    }
    return direct;
  }

  private Set<String> reachable(String room) {
    return arrows.get(room).stream()
        .flatMap(
            to -> {
              Set<String> all = new TreeSet<>(reachable(to));
              all.add(to);
              return all.stream();
            })
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private String box(String room, Box box, String job) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"7\" fill=\"#ffffff\""
                + " stroke=\"#8a877c\"%s/>%n",
            box.x(),
            box.y,
            WIDE,
            HIGH,
            Rooms.INNER.contains(room) ? " stroke-dasharray=\"5 4\"" : ""));
    svg.append(text(box.x() + 12, box.y + 22, "15", "600", "#1b1b1a", room));
    int stop = RUN.stream().map(Stop::room).toList().indexOf(room);
    if (stop >= 0) {
      svg.append(mark(box.x() + WIDE - 18, box.y + 17, stop + 1));
    }
    int y = box.y + 39;
    for (String line : wrapped(room, job, 5)) {
      svg.append(text(box.x() + 12, y, "11", "400", "#45443f", line));
      y += 13;
    }
    List<String> uses =
        direct(room).isEmpty()
            ? List.of()
            : wrapped(room, "→ " + String.join(", ", direct(room)), 2);
    y = box.bottom() - 10 - 13 * (uses.size() - 1);
    for (String line : uses) {
      svg.append(text(box.x() + 12, y, "11", "400", "#2f6a8a", line));
      y += 13;
    }
    return svg.toString();
  }

  private static String mark(int x, int y, int number) {
    return String.format(
        "<circle cx=\"%d\" cy=\"%d\" r=\"9\" fill=\"#b4562a\"/><text x=\"%d\" y=\"%d\""
            + " font-size=\"11\" fill=\"#ffffff\" text-anchor=\"middle\">%d</text>%n",
        x, y, x, y + 4, number);
  }

  private static String text(int x, int y, String size, String weight, String colour, String text) {
    return String.format(
        "<text x=\"%d\" y=\"%d\" font-size=\"%s\" font-weight=\"%s\" fill=\"%s\">%s</text>%n",
        x, y, size, weight, colour, text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  private String legend() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        text(MARGIN, end + 6, "14", "600", "#1b1b1a", "The way of one run: visualize, in order"));
    int half = (RUN.size() + 1) / 2;
    for (int i = 0; i < RUN.size(); i++) {
      int x = MARGIN + 10 + (i / half) * (WIDTH / 2);
      int y = end + 32 + 22 * (i % half);
      svg.append(mark(x, y - 4, i + 1));
      Stop stop = RUN.get(i);
      svg.append(text(x + 18, y, "12.5", "400", "#1b1b1a", stop.room + " " + stop.what));
    }
    return svg.toString();
  }

  /** Lines of a room's box. */
  private static List<String> wrapped(String room, String text, int most) {
    int columns = WIDE / 7 + 2;
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > columns) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() > 0 ? " " : "").append(word);
    }
    lines.add(line.toString());
    if (lines.size() > most) {
      throw new IllegalStateException(
          "room '%s': '%s' takes %d lines of its box, must be at most %d: say it shorter"
              .formatted(room, text, lines.size(), most));
    }
    return lines;
  }
}
