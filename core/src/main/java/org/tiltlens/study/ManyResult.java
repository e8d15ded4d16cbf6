package org.tiltlens.study;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of many features.
 *
 * @param drawn how many have samples
 * @param annealed how many of the features the pool was expected to be too small for
 * @param refused feature -> why it has none, in one line
 */
public record ManyResult(int drawn, int annealed, SortedMap<Integer, String> refused) {
  public ManyResult(int drawn, int annealed, Map<Integer, String> refused) {
    this(drawn, annealed, new TreeMap<>(refused));
  }
}
