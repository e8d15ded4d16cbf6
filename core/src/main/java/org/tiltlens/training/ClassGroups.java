package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Framing;

/**
 * Classes under the names of groups that they belong to, for images whose folders tell more, or
 * less readable, classes than a classifier should.
 *
 * @param groups class -> group; groups are counted by name
 */
public record ClassGroups(Map<String, String> groups) {
  private static final long MAX_BYTES = 1 << 20;

  public ClassGroups {
    groups = Map.copyOf(groups);
  }

  /**
   * Reads a table: a line for each class, its name, a tab and its group's name, after a line {@code
   * class}, tab, {@code group}.
   *
   * @throws IllegalArgumentException if the file is no such table, or names a class twice
   * @throws IOException if it cannot be read
   */
  public static ClassGroups read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          "'%s' has %d bytes, expected a table of classes and groups of at most %d"
              .formatted(file, Files.size(file), MAX_BYTES));
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.get(0).equals("class\tgroup")) {
      throw new IllegalArgumentException(
          "'%s' is no table of classes and groups: expected a first line 'class', tab, 'group'"
              .formatted(file));
    }
    Map<String, String> groups = new LinkedHashMap<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] parts = lines.get(i).split("\t", -1);
      if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
        throw new IllegalArgumentException(
            "'%s' line %d: '%s', expected a class, a tab and its group"
                .formatted(file, i + 1, lines.get(i)));
      }
      if (groups.putIfAbsent(parts[0], parts[1]) != null) {
        throw new IllegalArgumentException(
            "'%s' line %d: class '%s' has a group already".formatted(file, i + 1, parts[0]));
      }
    }
    return new ClassGroups(groups);
  }

  /** The groups' names, in the order of their numbers. */
  public List<String> names() {
    return List.copyOf(new TreeSet<>(groups.values()));
  }

  /**
   * The same images by their groups.
   *
   * @throws IllegalArgumentException if they have a class that is in none
   */
  public LabelledImages of(LabelledImages images) {
    String missing =
        images.classNames().stream()
            .filter(name -> !groups.containsKey(name))
            .map(name -> "'" + name + "'")
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty() || images.classNames().isEmpty()) {
      throw new IllegalArgumentException(
          missing.isEmpty()
              ? "groups of classes: the images have no classes, expected folders of them"
              : "classes without a group: " + missing + "; give each one");
    }
    List<String> names = names();
    int[] numbers =
        images.classNames().stream().mapToInt(name -> names.indexOf(groups.get(name))).toArray();
    return new Grouped(images, names, numbers);
  }

  private record Grouped(LabelledImages images, List<String> classNames, int[] numbers)
      implements LabelledImages {
    @Override
    public int size() {
      return images.size();
    }

    @Override
    public Tensor image(int index) {
      return images.image(index);
    }

    @Override
    public void ahead(int... indices) {
      images.ahead(indices);
    }

    @Override
    public int label(int index) {
      return numbers[images.label(index)];
    }

    @Override
    public int classes() {
      return classNames.size();
    }

    @Override
    public Optional<Framing> framing() {
      return images.framing();
    }
  }
}
