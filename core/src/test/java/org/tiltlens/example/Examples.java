package org.tiltlens.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.Rooms;

/**
 * Examples have one source, the tests between {@code tag::NAME} and {@code end::NAME}: {@code
 * scripts/tool org.tiltlens.example.Examples} writes them where they are shown.
 *
 * <p>Shown in a room's {@code package-info.java} as {@code <pre id="NAME">}, and in a document as
 * the code after a comment {@code example: NAME}.
 *
 * @param project its root
 * @param code each example's lines by its name
 */
record Examples(Path project, Map<String, String> code) {
  private static final List<String> TESTS =
      List.of("core/src/test/java/org/tiltlens/example", "app/src/test/java/org/tiltlens/example");
  private static final Pattern TAGGED =
      Pattern.compile("// tag::([\\w-]+)\\n(.*?)\\n *// end::\\1\\n", Pattern.DOTALL);
  private static final Pattern IN_DOCUMENT =
      Pattern.compile("(<!-- example: ([\\w-]+) -->\\n```java\\n)(.*?)(```\\n)", Pattern.DOTALL);
  private static final Pattern ROOMS =
      Pattern.compile("<!-- rooms -->.*<!-- /rooms -->", Pattern.DOTALL);
  private static final Pattern IN_ROOM =
      Pattern.compile(
          "( \\* <pre id=\"([\\w-]+)\">\\{@code\\n)(.*?)( \\* \\}</pre>\\n)", Pattern.DOTALL);

  /** Writes every example where it is shown. */
  public static void main(String[] arguments) throws IOException {
    Examples examples = in(Path.of("."));
    for (Path file : examples.places()) {
      Files.writeString(file, examples.written(file));
    }
  }

  static Examples in(Path project) throws IOException {
    Map<String, String> code = new TreeMap<>();
    for (String folder : TESTS) {
      for (Path file : files(project.resolve(folder), ".java")) {
        Matcher tagged = TAGGED.matcher(Files.readString(file));
        while (tagged.find()) {
          if (code.put(tagged.group(1), dedented(tagged.group(2))) != null) {
            throw new IllegalStateException("two examples '" + tagged.group(1) + "'");
          }
        }
      }
    }
    return new Examples(project, code);
  }

  /** The documents and rooms that may show one. */
  List<Path> places() throws IOException {
    List<Path> places = new ArrayList<>(files(project.resolve("docs"), ".md"));
    places.add(project.resolve("README.md"));
    places.addAll(files(project.resolve("core/src/main/java"), "package-info.java"));
    return places;
  }

  /** A place's text with its examples as they are now. */
  String written(Path place) throws IOException {
    boolean room = place.endsWith("package-info.java");
    return pattern(place)
        .matcher(withRooms(Files.readString(place)))
        .replaceAll(
            shown ->
                Matcher.quoteReplacement(
                    shown.group(1)
                        + (room ? commented(named(shown)) : named(shown) + "\n")
                        + shown.group(4)));
  }

  /** The list of the rooms, where a text has one. */
  private String withRooms(String text) throws IOException {
    StringBuilder list =
        new StringBuilder("<!-- rooms -->\n| room | what it is for |\n|---|---|\n");
    List<String> inner = new ArrayList<>();
    for (String room : Rooms.allowed().keySet()) {
      if (Rooms.INNER.contains(room)) {
        inner.add("`" + room + "`");
      } else {
        list.append("| `%s` | %s |\n".formatted(room, Rooms.job(project, room)));
      }
    }
    list.append("\nInside: " + String.join(", ", inner) + ".\n\n<!-- /rooms -->");
    return ROOMS.matcher(text).replaceAll(Matcher.quoteReplacement(list.toString()));
  }

  /** The names of the examples that a place shows. */
  List<String> shownIn(Path place) throws IOException {
    return pattern(place)
        .matcher(Files.readString(place))
        .results()
        .map(shown -> shown.group(2))
        .toList();
  }

  private static Pattern pattern(Path place) {
    return place.endsWith("package-info.java") ? IN_ROOM : IN_DOCUMENT;
  }

  private String named(MatchResult shown) {
    String example = code.get(shown.group(2));
    if (example == null) {
      throw new IllegalStateException(
          "no example '" + shown.group(2) + "': there are " + code.keySet());
    }
    return example;
  }

  private static String commented(String example) {
    return example
        .lines()
        .map(line -> (" * " + line).stripTrailing() + "\n")
        .collect(Collectors.joining());
  }

  private static String dedented(String lines) {
    int indent =
        lines
            .lines()
            .filter(line -> !line.isBlank())
            .mapToInt(line -> line.length() - line.stripLeading().length())
            .min()
            .orElse(0);
    return lines
        .lines()
        .map(line -> line.isBlank() ? "" : line.substring(indent))
        .collect(Collectors.joining("\n"));
  }

  private static List<Path> files(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }
}
