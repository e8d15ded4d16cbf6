package org.tiltlens.corpus;

import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The images of a corpus that could not be used: how many, why, and which.
 *
 * <p>An image met twice counts once. Threads may share it.
 */
public final class Skipped {
  static final String DAMAGED = "damaged";
  static final String TOO_LARGE = "too large";
  static final String UNREADABLE = "unreadable";
  static final String MISSING = "missing";
  static final String UNSAFE = "with an unsafe name";
  static final String LINKED = "linked";
  static final String NO_END = "tar without its end";
  static final String NOT_FINITE = "without finite numbers";

  /** Names kept; beyond it only the counts grow. */
  private static final int NAMED = 100_000;

  private static final int FIRST = 100;

  private final BitSet indices = new BitSet();
  private final SortedMap<Integer, Entry> lowest = new TreeMap<>();
  private final SortedMap<String, Integer> kinds = new TreeMap<>();
  private final List<Entry> unlisted;

  /**
   * One of them.
   *
   * @param name the file's name inside the corpus
   * @param kind why, in a word or two that others share, such as {@code damaged}
   * @param reason why, one line
   */
  public record Entry(String name, String kind, String reason) {
    @Override
    public String toString() {
      return name + ": " + reason;
    }
  }

  Skipped(List<Entry> unlisted) {
    this.unlisted = List.copyOf(unlisted);
    unlisted.forEach(entry -> kinds.merge(entry.kind(), 1, Integer::sum));
  }

  synchronized void add(int index, Entry entry) {
    if (indices.get(index)) {
      return;
    }
    indices.set(index);
    kinds.merge(entry.kind(), 1, Integer::sum);
    lowest.put(index, entry);
    if (lowest.size() > NAMED) {
      lowest.remove(lowest.lastKey());
    }
  }

  /**
   * Hands over the images {@code from .. to - 1} that are named here, which do not count any more:
   * for who keeps account of parts of a corpus by themselves.
   */
  public synchronized SortedMap<Integer, Entry> take(int from, int to) {
    SortedMap<Integer, Entry> between = lowest.subMap(from, to);
    SortedMap<Integer, Entry> taken = new TreeMap<>(between);
    between.clear();
    taken.forEach(
        (index, entry) -> {
          indices.clear(index);
          kinds.computeIfPresent(entry.kind(), (kind, count) -> count == 1 ? null : count - 1);
        });
    return taken;
  }

  /** How many so far. */
  public synchronized int count() {
    return unlisted.size() + indices.cardinality();
  }

  /**
   * How many so far, and why, of what was looked at; null if none.
   *
   * @param images how many of the corpus' first images were looked at
   */
  public synchronized LeftOut of(int images) {
    return count() == 0 ? null : new LeftOut(unlisted.size() + images, kinds);
  }

  /** How many so far of the images {@code from .. to - 1}. */
  synchronized int count(int from, int to) {
    return indices.get(from, to).cardinality();
  }

  /** How many of the files that were never listed are in another file. */
  int unlistedIn(String file) {
    return (int) unlisted.stream().filter(each -> each.name().startsWith(file + "/")).count();
  }

  /** The first hundred in the corpus' order, after those that have no place in it. */
  public synchronized List<Entry> first() {
    return named().limit(FIRST).toList();
  }

  private Stream<Entry> named() {
    return Stream.concat(unlisted.stream(), lowest.values().stream());
  }

  /** All by name, one a line with its reason; of very many, the first. */
  public synchronized String names() {
    return named()
        .map(entry -> entry.toString().replaceAll("\\p{Cntrl}", "?") + "\n")
        .collect(Collectors.joining());
  }

  /** One line: how many, and the first few with their reasons. */
  @Override
  public synchronized String toString() {
    StringBuilder text = new StringBuilder(count() + " skipped");
    List<Entry> first = first();
    for (int i = 0; i < Math.min(3, first.size()); i++) {
      text.append(i == 0 ? ": " : "; ").append(first.get(i));
    }
    return text.append(count() > 3 ? "; ..." : "").toString();
  }
}
