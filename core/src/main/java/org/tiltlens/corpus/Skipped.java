package org.tiltlens.corpus;

import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The images of a corpus that could not be used: how many, and which were the first.
 *
 * <p>An image met twice counts once. Threads may share it.
 */
public final class Skipped {
  /** Names kept; beyond it only the count grows. */
  private static final int NAMED = 100;

  private final BitSet indices = new BitSet();
  private final SortedMap<Integer, Entry> lowest = new TreeMap<>();
  private final List<Entry> unlisted;

  /**
   * One of them.
   *
   * @param name the file's name inside the corpus
   * @param reason why, one line
   */
  public record Entry(String name, String reason) {
    @Override
    public String toString() {
      return name + ": " + reason;
    }
  }

  Skipped(List<Entry> unlisted) {
    this.unlisted = List.copyOf(unlisted);
  }

  synchronized void add(int index, String name, String reason) {
    indices.set(index);
    lowest.put(index, new Entry(name, reason));
    if (lowest.size() > NAMED) {
      lowest.remove(lowest.lastKey());
    }
  }

  /** How many so far. */
  public synchronized int count() {
    return unlisted.size() + indices.cardinality();
  }

  /** The first hundred in the corpus' order, after those that have no place in it. */
  public synchronized List<Entry> first() {
    return Stream.concat(unlisted.stream(), lowest.values().stream()).limit(NAMED).toList();
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
