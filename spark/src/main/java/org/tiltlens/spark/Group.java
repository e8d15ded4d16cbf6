package org.tiltlens.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Parts whose sum is a part.
 *
 * @param name the name of its file
 * @param parts the names of theirs, at least one
 */
record Group(String name, List<String> parts) implements Serializable {
  /** Parts in a group: each is read once in all, and its sum written once for so many. */
  static final int SIZE = 8;

  Group {
    // Not List.copyOf, whose lists Spark's serialiser may not know.
    parts = new ArrayList<>(parts);
  }

  /**
   * The groups of one level of the tree, in order.
   *
   * @param level 1 for groups of parts as they were computed
   */
  static List<Group> of(int level, List<String> parts) {
    List<Group> groups = new ArrayList<>();
    for (int from = 0; from < parts.size(); from += SIZE) {
      List<String> own = parts.subList(from, Math.min(parts.size(), from + SIZE));
      groups.add(new Group("sum-%d-%d".formatted(level, from / SIZE), own));
    }
    return groups;
  }
}
