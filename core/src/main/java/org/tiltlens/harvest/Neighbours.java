package org.tiltlens.harvest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * For each feature those that are most like it, by some measure that is the larger the more alike
 * they are.
 *
 * @param features the others' indices, most alike first; equals by index
 * @param values the measure of each
 */
public record Neighbours(int[][] features, float[][] values) {
  /** Of each feature, at most. */
  public static final int MOST = 24;

  /**
   * @throws IllegalArgumentException if there are features that do not exist, or not a value each
   */
  public Neighbours {
    if (features == null || values == null || features.length != values.length) {
      throw new IllegalArgumentException("neighbours without as many lists of values");
    }
    for (int i = 0; i < features.length; i++) {
      if (features[i].length != values[i].length || features[i].length > MOST) {
        throw new IllegalArgumentException("neighbours of feature " + i + " without a value each");
      }
      for (int other : features[i]) {
        if (other < 0 || other >= features.length) {
          throw new IllegalArgumentException(
              "feature " + i + " has the neighbour " + other + ", which does not exist");
        }
      }
    }
  }

  /**
   * Another feature.
   *
   * @param feature its index
   * @param value how alike they are
   */
  public record Neighbour(int feature, double value) {}

  /** Those of one feature, most alike first. */
  public List<Neighbour> of(int feature) {
    List<Neighbour> found = new ArrayList<>();
    for (int i = 0; i < features[feature].length; i++) {
      found.add(new Neighbour(features[feature][i], values[feature][i]));
    }
    return found;
  }

  /** The most alike so far, of which each is offered once. */
  static final class Best {
    private final int[] features = new int[MOST];
    private final float[] values = new float[MOST];
    private int count;

    /** What the next must exceed, or equal with a lower index. */
    float least() {
      return count < MOST ? Float.NEGATIVE_INFINITY : values[count - 1];
    }

    void offer(int feature, float value) {
      int at = count;
      while (at > 0
          && (value > values[at - 1] || (value == values[at - 1] && feature < features[at - 1]))) {
        at--;
      }
      if (at == MOST) {
        return;
      }
      count = Math.min(count + 1, MOST);
      System.arraycopy(features, at, features, at + 1, count - at - 1);
      System.arraycopy(values, at, values, at + 1, count - at - 1);
      features[at] = feature;
      values[at] = value;
    }
  }

  static Neighbours of(Best[] best) {
    int[][] features = new int[best.length][];
    float[][] values = new float[best.length][];
    for (int i = 0; i < best.length; i++) {
      features[i] = Arrays.copyOf(best[i].features, best[i].count);
      values[i] = Arrays.copyOf(best[i].values, best[i].count);
    }
    return new Neighbours(features, values);
  }

  static Best[] none(int features) {
    Best[] best = new Best[features];
    for (int i = 0; i < features; i++) {
      best[i] = new Best();
    }
    return best;
  }
}
