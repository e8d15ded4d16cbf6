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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Draws the rooms, the arrows between them and the way of one run, from the compiled code and each
 * room's own description: {@code scripts/tool org.tiltlens.RoomsPicture docs/rooms.svg}.
 *
 * <p>An arrow that follows from others is left out.
 */
final class RoomsPicture {
  private static final int WIDTH = 1280;
  private static final int MARGIN = 24;
  private static final int GAP = 14;
  private static final int BOX = 96;
  private static final int FLOOR = 148;
  private static final int WIDEST = 236;
  private static final Pattern JOB =
      Pattern.compile("/\\*\\*(.*?)(?:[.:](?:\\s|$)|\\*/)", Pattern.DOTALL);

  /** A stop of a run: a room, and what it does for the run. */
  private record Stop(String room, String what) {}

  /** The way of {@code visualize} to its images, each room called by one before it. */
  private static final List<Stop> RUN =
      List.of(
          new Stop("jobs", "starts the command by its name"),
          new Stop("study", "takes the spec and the folder, asks whether it is finished"),
          new Stop("models", "opens what the spec names"),
          new Stop("sampling", "walks from noise to images, keeps what is under way"),
          new Stop("synthesis", "tilts each step of the prior by the score's gradient"),
          new Stop("diffusion", "predicts a step of the prior"),
          new Stop("feature", "scores the clean estimate by the unit's activation"),
          new Stop("measuring", "measures each finished image"),
          new Stop("run", "writes run.json, whole or not at all"));

  private record Box(int x, int y, int width) {
    int middle() {
      return x + width / 2;
    }
  }

  private final SortedMap<String, SortedSet<String>> arrows;
  private final Map<String, Box> boxes = new LinkedHashMap<>();
  private final int height;

  private RoomsPicture(SortedMap<String, SortedSet<String>> arrows) {
    this.arrows = arrows;
    SortedMap<Integer, List<String>> floors = new TreeMap<>();
    Rooms.floors(arrows)
        .forEach((room, floor) -> floors.computeIfAbsent(floor, f -> new ArrayList<>()).add(room));
    int top = floors.lastKey();
    this.height = MARGIN + top * FLOOR + legendHeight();
    floors.forEach((floor, rooms) -> place(rooms, MARGIN + (top - floor) * FLOOR));
  }

  /** Writes the picture to the file that the first argument names. */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[0]), svg(Path.of("core/src/main/java/org/tiltlens")));
  }

  /**
   * The picture as an SVG document.
   *
   * @param sources where the rooms' {@code package-info.java} are
   * @throws IllegalStateException if the run's way is not the code's
   */
  static String svg(Path sources) throws IOException {
    return new RoomsPicture(Rooms.actual(Rooms.classes())).draw(sources);
  }

  private void place(List<String> rooms, int y) {
    int width = Math.min(WIDEST, (WIDTH - 2 * MARGIN - GAP * (rooms.size() - 1)) / rooms.size());
    int x = (WIDTH - rooms.size() * width - GAP * (rooms.size() - 1)) / 2;
    for (String room : rooms) {
      boxes.put(room, new Box(x, y, width));
      x += width + GAP;
    }
  }

  private static int legendHeight() {
    return 40 + 20 * ((RUN.size() + 1) / 2);
  }

  private String draw(Path sources) throws IOException {
    requireWay();
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif">
        <rect width="100%%" height="100%%" fill="#fdfdfb"/>
        """
            .formatted(WIDTH, height));
    for (Map.Entry<String, SortedSet<String>> room : arrows.entrySet()) {
      for (String to : direct(room.getKey())) {
        svg.append(arrow(boxes.get(room.getKey()), boxes.get(to), onTheWay(room.getKey(), to)));
      }
    }
    for (Map.Entry<String, Box> room : boxes.entrySet()) {
      svg.append(box(room.getKey(), room.getValue(), job(sources, room.getKey())));
    }
    return svg.append(legend()).append("</svg>\n").toString();
  }

  /** Each stop must be used by an earlier one, or the picture tells a story. */
  private void requireWay() {
    for (int i = 1; i < RUN.size(); i++) {
      String room = RUN.get(i).room();
      boolean called =
          RUN.subList(0, i).stream().anyMatch(earlier -> arrows.get(earlier.room()).contains(room));
      if (!called) {
        throw new IllegalStateException("no stop of the run before '" + room + "' uses it");
      }
    }
  }

  private static boolean onTheWay(String from, String to) {
    List<String> way = RUN.stream().map(Stop::room).toList();
    return way.contains(from) && way.contains(to) && way.indexOf(from) < way.indexOf(to);
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

  private static String arrow(Box from, Box to, boolean bold) {
    int y1 = from.y + BOX;
    int y2 = to.y;
    int bend = Math.min(70, (y2 - y1) / 2 + 12);
    return String.format(
        Locale.ROOT,
        "<path d=\"M%d %d C%d %d %d %d %d %d\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"/>%n",
        from.middle(),
        y1,
        from.middle(),
        y1 + bend,
        to.middle(),
        y2 - bend,
        to.middle(),
        y2,
        bold ? "#b4562a" : "#c9c6bb",
        bold ? "2" : "1.2");
  }

  private static String box(String room, Box box, String job) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#ffffff\" stroke=\"#8a877c\"/>%n"
            .formatted(box.x, box.y, box.width, BOX));
    svg.append(text(box.x + 10, box.y + 21, "15", "600", "#1b1b1a", room));
    int stop = RUN.stream().map(Stop::room).toList().indexOf(room);
    if (stop >= 0) {
      svg.append(mark(box.x + box.width - 16, box.y + 16, stop + 1));
    }
    int y = box.y + 38;
    for (String line : wrapped(job, (box.width - 16) / 6)) {
      svg.append(text(box.x + 10, y, "11.5", "400", "#5b5a55", line));
      y += 14;
    }
    return svg.toString();
  }

  private static String mark(int x, int y, int number) {
    return "<circle cx=\"%d\" cy=\"%d\" r=\"9\" fill=\"#b4562a\"/><text x=\"%d\" y=\"%d\" font-size=\"11\" fill=\"#ffffff\" text-anchor=\"middle\">%d</text>%n"
        .formatted(x, y, x, y + 4, number);
  }

  private static String text(int x, int y, String size, String weight, String colour, String text) {
    return "<text x=\"%d\" y=\"%d\" font-size=\"%s\" font-weight=\"%s\" fill=\"%s\">%s</text>%n"
        .formatted(x, y, size, weight, colour, text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  private String legend() {
    StringBuilder svg = new StringBuilder();
    int y = height - legendHeight() + 14;
    svg.append(
        text(
            MARGIN,
            y,
            "13",
            "600",
            "#1b1b1a",
            "The way of one run, visualize: who is asked, in order"));
    int half = (RUN.size() + 1) / 2;
    for (int i = 0; i < RUN.size(); i++) {
      int x = MARGIN + 10 + (i / half) * (WIDTH / 2);
      int line = y + 22 + 20 * (i % half);
      svg.append(mark(x, line - 4, i + 1));
      svg.append(
          text(
              x + 16, line, "12.5", "400", "#1b1b1a", RUN.get(i).room() + " " + RUN.get(i).what()));
    }
    return svg.toString();
  }

  /** The first sentence of a room's description. */
  private static String job(Path sources, String room) throws IOException {
    String text = Files.readString(sources.resolve(room).resolve("package-info.java"));
    Matcher first = JOB.matcher(text);
    if (!first.find()) {
      throw new IllegalStateException("room '" + room + "' does not say what it is for");
    }
    return first
        .group(1)
        .replaceAll("\\n \\*", " ")
        .replaceAll("\\{@\\w+ ([^}]*)}", "$1")
        .replaceAll("\\s+", " ")
        .strip();
  }

  private static List<String> wrapped(String text, int columns) {
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
    return lines.size() <= 4
        ? lines
        : List.of(lines.get(0), lines.get(1), lines.get(2), lines.get(3) + " …");
  }
}
