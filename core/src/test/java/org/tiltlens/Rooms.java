package org.tiltlens;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The rooms of the house and the arrows between them: as they are allowed, and as they are. */
public final class Rooms {
  private static final String HOUSE = "org.tiltlens.";

  /** Each room and the rooms that it may use, and does. */
  private static final String ALLOWED =
      """
      torch:
      tilting:
      parquet:
      checkpoint: torch
      corpus: parquet torch
      diffusion: torch
      metrics: tilting torch
      run: torch
      unet: checkpoint diffusion torch
      dit: checkpoint diffusion torch unet
      residual: checkpoint torch
      text: checkpoint torch
      bert: checkpoint torch
      vision: checkpoint residual torch
      quality: checkpoint residual torch vision
      page: run
      chart: run
      feature: checkpoint torch vision
      attribution: feature metrics torch vision
      synthesis: checkpoint diffusion feature tilting torch vision
      prompts: bert diffusion feature synthesis text torch
      annealing: diffusion feature synthesis tilting torch
      models: bert checkpoint corpus diffusion dit feature quality run text torch unet vision
      training: checkpoint corpus diffusion feature metrics run torch unet vision
      harvest: checkpoint corpus feature measuring models page parquet run synthesis tilting torch vision
      sampling: annealing checkpoint diffusion run synthesis tilting torch
      pool: corpus diffusion models run sampling synthesis torch
      measuring: attribution diffusion feature run tilting torch vision
      study: annealing corpus diffusion feature harvest measuring metrics models page pool run sampling synthesis tilting torch
      retrieve: corpus feature harvest models page run synthesis tilting torch
      compose: annealing corpus diffusion feature harvest measuring models page pool run sampling study synthesis tilting torch vision
      explain: attribution checkpoint corpus feature harvest measuring metrics models page run tilting torch vision
      compare: bert chart checkpoint corpus diffusion feature harvest measuring metrics models page pool prompts quality run sampling study synthesis tilting torch vision
      demo: attribution chart corpus diffusion feature harvest measuring models page run sampling study synthesis tilting torch
      frontier: chart corpus diffusion feature harvest models page pool run sampling study synthesis tilting torch
      jobs: compare compose demo explain frontier harvest pool retrieve run study
      """;

  /** Rooms that only serve the others: no user's code enters them. */
  public static final Set<String> INNER =
      Set.of("sampling", "measuring", "page", "chart", "parquet", "residual");

  private static final Pattern JOB =
      Pattern.compile("/\\*\\*(.*?)(?:[.](?:\\s|$)|\\*/)", Pattern.DOTALL);

  private Rooms() {}

  /** The file that says what a room is for. */
  public static Path description(Path project, String room) {
    return project.resolve("core/src/main/java/org/tiltlens").resolve(room + "/package-info.java");
  }

  /** The first sentence of a room's description. */
  public static String job(Path project, String room) throws IOException {
    Matcher first = JOB.matcher(Files.readString(description(project, room)));
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

  /** Room -> the rooms it may use. */
  public static SortedMap<String, SortedSet<String>> allowed() {
    SortedMap<String, SortedSet<String>> arrows = new TreeMap<>();
    for (String line : ALLOWED.lines().toList()) {
      List<String> parts = List.of(line.split(":", 2));
      arrows.put(
          parts.get(0),
          Arrays.stream(parts.get(1).strip().split(" "))
              .filter(room -> !room.isEmpty())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    return arrows;
  }

  /** All classes but those of tests. */
  static JavaClasses classes() {
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("org.tiltlens");
  }

  /** Room -> the rooms it uses. */
  static SortedMap<String, SortedSet<String>> actual(JavaClasses classes) {
    SortedMap<String, SortedSet<String>> arrows = new TreeMap<>();
    for (JavaClass one : classes) {
      String from = room(one);
      SortedSet<String> to = arrows.computeIfAbsent(from, room -> new TreeSet<>());
      for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getPackageName().startsWith(HOUSE) && !room(target).equals(from)) {
          to.add(room(target));
        }
      }
    }
    return arrows;
  }

  private static String room(JavaClass one) {
    return one.getPackageName().substring(HOUSE.length());
  }

  /** Room -> its floor: 1 for one that uses no other, else one above the highest that it uses. */
  static SortedMap<String, Integer> floors(Map<String, ? extends Set<String>> arrows) {
    SortedMap<String, Integer> floors = new TreeMap<>();
    arrows.keySet().forEach(room -> floor(room, arrows, floors));
    return floors;
  }

  private static int floor(
      String room, Map<String, ? extends Set<String>> arrows, Map<String, Integer> floors) {
    Integer known = floors.get(room);
    if (known == null) {
      known =
          1 + arrows.get(room).stream().mapToInt(to -> floor(to, arrows, floors)).max().orElse(0);
      floors.put(room, known);
    }
    return known;
  }
}
