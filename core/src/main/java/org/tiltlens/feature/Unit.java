package org.tiltlens.feature;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.vision.HookPoint;

/**
 * What is being explained: one number at each position of a hook point's activations.
 *
 * <p>Written {@code feature:81}, {@code feature:81@pre}, {@code channel:12} or {@code
 * neuron:12@3,4}, and {@code @ROW,COLUMN} after another unit for it at one position; all indices
 * start at 0.
 */
public sealed interface Unit {
  /** A neuron has a position of its own. */
  Pattern PLACED = Pattern.compile("(?<unit>(?!neuron:).+)@(?<y>\\d{1,9}),(?<x>\\d{1,9})");

  /**
   * The unit's activation map.
   *
   * @param activations (N, C, h, w)
   * @return (N, h, w); (N, 1, 1) for a neuron
   * @throws IllegalArgumentException if the unit does not exist there; the message gives the range
   */
  Tensor map(Tensor activations);

  /** Where the unit is read: {@code at} itself, or other tokens of it. */
  default HookPoint within(HookPoint at) {
    return at;
  }

  /**
   * Returns this unit if it exists among {@code channels} channels.
   *
   * @throws IllegalArgumentException if not; the message gives the range
   */
  Unit requireAmong(int channels);

  /**
   * One feature of a sparse dictionary.
   *
   * @param beforeActivation whether the map is the pre-activation, which drives a feature also
   *     where it is not active; written {@code @pre}
   */
  record DictionaryFeature(SparseDictionary dictionary, int index, boolean beforeActivation)
      implements Unit {
    public DictionaryFeature {
      dictionary.requireFeature(index);
    }

    @Override
    public Tensor map(Tensor activations) {
      return beforeActivation
          ? dictionary.preActivation(activations, index)
          : dictionary.activation(activations, index);
    }

    @Override
    public Unit requireAmong(int channels) {
      if (channels != dictionary.channels()) {
        throw new IllegalArgumentException(
            "the dictionary reads "
                + dictionary.channels()
                + " channels, but the hook point has "
                + channels
                + ": it was trained at "
                + dictionary.config().hookPointIn());
      }
      return this;
    }

    @Override
    public String toString() {
      return "feature:" + index + (beforeActivation ? "@pre" : "");
    }
  }

  /** One channel, everywhere. */
  record Channel(int index) implements Unit {
    @Override
    public Tensor map(Tensor activations) {
      requireAmong(Math.toIntExact(activations.size(1)));
      return activations.select(1, index);
    }

    @Override
    public Unit requireAmong(int channels) {
      requireIndex("channel", index, channels);
      return this;
    }

    @Override
    public String toString() {
      return "channel:" + index;
    }
  }

  /** One channel at one position. */
  record Neuron(int channel, int y, int x) implements Unit {
    @Override
    public Tensor map(Tensor activations) {
      requireAmong(Math.toIntExact(activations.size(1)));
      requireIndex("row", y, activations.size(2));
      requireIndex("column", x, activations.size(3));
      return activations.select(1, channel).narrow(1, y, 1).narrow(2, x, 1);
    }

    @Override
    public Unit requireAmong(int channels) {
      requireIndex("channel", channel, channels);
      return this;
    }

    @Override
    public String toString() {
      return "neuron:" + channel + "@" + y + "," + x;
    }
  }

  /** Another unit at one position; written {@code UNIT@ROW,COLUMN}. */
  record Placed(Unit unit, int y, int x) implements Unit {
    @Override
    public Tensor map(Tensor activations) {
      Tensor map = unit.map(activations); // (N, h, w)
      requireIndex("row", y, map.size(1));
      requireIndex("column", x, map.size(2));
      return map.narrow(1, y, 1).narrow(2, x, 1);
    }

    @Override
    public HookPoint within(HookPoint at) {
      return unit.within(at);
    }

    @Override
    public Unit requireAmong(int channels) {
      unit.requireAmong(channels);
      return this;
    }

    @Override
    public String toString() {
      return unit + "@" + y + "," + x;
    }
  }

  private static void requireIndex(String what, int index, long size) {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException(
          what
              + " "
              + index
              + " does not exist: the hook point has "
              + what
              + "s 0.."
              + (size - 1));
    }
  }

  /**
   * Reads a unit as it prints itself.
   *
   * @param dictionary needed for features only
   * @throws IllegalArgumentException if it is not understood, or is a feature that does not exist
   */
  static Unit parse(String text, Optional<SparseDictionary> dictionary) {
    Matcher placed = PLACED.matcher(text);
    if (placed.matches()) {
      return new Placed(
          parse(placed.group("unit"), dictionary), number(placed, "y"), number(placed, "x"));
    }
    Matcher matcher =
        Pattern.compile(
                "feature:(?<feature>\\d{1,9})(?<pre>@pre)?"
                    + "|channel:(?<channel>\\d{1,9})"
                    + "|neuron:(?<neuron>\\d{1,9})@(?<y>\\d{1,9}),(?<x>\\d{1,9})")
            .matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "unit '"
              + text
              + "' is not understood: expected feature:J, feature:J@pre, channel:C or"
              + " neuron:C@ROW,COLUMN");
    }
    if (matcher.group("feature") != null) {
      SparseDictionary of =
          dictionary.orElseThrow(
              () -> new IllegalArgumentException("unit '" + text + "' needs a sparse dictionary"));
      return new DictionaryFeature(of, number(matcher, "feature"), matcher.group("pre") != null);
    }
    if (matcher.group("channel") != null) {
      return new Channel(number(matcher, "channel"));
    }
    return new Neuron(number(matcher, "neuron"), number(matcher, "y"), number(matcher, "x"));
  }

  private static int number(Matcher matcher, String group) {
    return Integer.parseInt(matcher.group(group));
  }
}
