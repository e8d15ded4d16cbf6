package org.tiltlens.corpus;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The images of a corpus that could not be used: how many, and which were the first.
 *
 * <p>An image met twice counts once. Threads may share it.
 */
public final class Skipped {
  /** Names kept; beyond it only the count grows. */
  private static final int NAMED = 100;

  private final BitSet indices = new BitSet();
  private final List<Entry> first = new ArrayList<>();
  private final int unlisted;

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
    this.unlisted = unlisted.size();
    first.addAll(unlisted.subList(0, Math.min(NAMED, unlisted.size())));
  }

  synchronized void add(int index, String name, String reason) {
    if (!indices.get(index)) {
      indices.set(index);
      if (first.size() < NAMED) {
        first.add(new Entry(name, reason));
      }
    }
  }

  /** How many so far. */
  public synchronized int count() {
    return unlisted + indices.cardinality();
  }

  /** The first hundred. */
  public synchronized List<Entry> first() {
    return List.copyOf(first);
  }

  /** One line: how many, and the first few with their reasons. */
  @Override
  public synchronized String toString() {
    StringBuilder text = new StringBuilder(count() + " skipped");
    for (int i = 0; i < Math.min(3, first.size()); i++) {
      text.append(i == 0 ? ": " : "; ").append(first.get(i));
    }
    return text.append(count() > 3 ? "; ..." : "").toString();
  }
}
