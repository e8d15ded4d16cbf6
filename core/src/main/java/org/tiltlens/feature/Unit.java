package org.tiltlens.feature;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

/**
 * What is being explained: one number at each position of a hook point's activations.
 *
 * <p>Written the same on the command line, in files and on pages; all indices start at 0:
 *
 * <pre>
 *   feature:81                        a sparse dictionary's feature, after its activation function
 *   feature:81@pre                    the same before it
 *   channel:12                        one channel, everywhere
 *   neuron:12@3,4                     one channel in row 3, column 4
 *   direction:FILE.safetensors#name   the dot product with a vector of one number per channel
 *   logit:207                         one entry of a network's vector output
 *   cls:5                             one channel of a transformer's class token
 *   storage:5@2                       one channel of its storage (register) token 2
 *   feature:81@pre@2,3                a feature, channel or direction in row 2, column 3, not elsewhere
 * </pre>
 */
public sealed interface Unit
    permits Unit.DictionaryFeature, Unit.OneChannel, Unit.Logit, Unit.Placed, Direction {
  /**
   * The unit's activation map.
   *
   * @param activations (N, C, h, w)
   * @return (N, h, w); (N, 1, 1) for a unit at one position
   * @throws IllegalArgumentException if the unit does not exist there; the message gives the range
   */
  Tensor map(Tensor activations);

  /**
   * Where the unit is read: {@code at} itself, or other tokens of it.
   *
   * @throws IllegalArgumentException if the unit is none of such a place
   */
  default HookPoint within(HookPoint at) {
    return at;
  }

  /** Why the map is NaN whatever the activations are, in one line; empty if it is not. */
  default Optional<String> fault() {
    return Optional.empty();
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
    public Optional<String> fault() {
      return dictionary.fault(index);
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

  /** One channel, somewhere or everywhere. */
  sealed interface OneChannel extends Unit {
    /** Its number, from 0. */
    int channel();

    @Override
    default Unit requireAmong(int channels) {
      requireIndex("channel", channel(), channels);
      return this;
    }

    /** The channel alone: (N, C, h, w) -> (N, h, w). */
    default Tensor alone(Tensor activations) {
      requireAmong(Math.toIntExact(activations.size(1)));
      return activations.select(1, channel());
    }
  }

  /** One channel, everywhere. */
  record Channel(int channel) implements OneChannel {
    @Override
    public Tensor map(Tensor activations) {
      return alone(activations);
    }

    @Override
    public String toString() {
      return "channel:" + channel;
    }
  }

  /** One channel at one position. */
  record Neuron(int channel, int y, int x) implements OneChannel {
    @Override
    public Tensor map(Tensor activations) {
      Tensor map = alone(activations);
      requireIndex("row", y, map.size(1));
      requireIndex("column", x, map.size(2));
      return map.narrow(1, y, 1).narrow(2, x, 1);
    }

    @Override
    public String toString() {
      return "neuron:" + channel + "@" + y + "," + x;
    }
  }

  /** One channel of a network's vector output (N, C, 1, 1), such as the score of a class. */
  record Logit(int index) implements Unit {
    @Override
    public HookPoint within(HookPoint at) {
      if (at.site() != HookPoint.Site.OUTPUT || at.tokens() != HookPoint.Tokens.PATCHES) {
        throw new IllegalArgumentException(
            this + " is one number of a network's vector output, not of " + at + "; " + instead());
      }
      return at;
    }

    @Override
    public Tensor map(Tensor activations) {
      requireAmong(Math.toIntExact(activations.size(1)));
      if (activations.size(2) != 1 || activations.size(3) != 1) {
        throw new IllegalArgumentException(
            "%s is one number of a network's vector output, not of a map of %d x %d; %s"
                .formatted(this, activations.size(2), activations.size(3), instead()));
      }
      return activations.select(1, index);
    }

    private String instead() {
      return "channel:" + index + " is read everywhere";
    }

    @Override
    public Unit requireAmong(int channels) {
      requireIndex("logit", index, channels);
      return this;
    }

    @Override
    public String toString() {
      return "logit:" + index;
    }
  }

  /** One channel of a transformer's class token. */
  record ClassToken(int channel) implements OneChannel {
    @Override
    public HookPoint within(HookPoint at) {
      return at.of(HookPoint.Tokens.CLS);
    }

    @Override
    public Tensor map(Tensor activations) {
      return alone(activations);
    }

    @Override
    public String toString() {
      return "cls:" + channel;
    }
  }

  /** One channel of one of a transformer's storage (register) tokens. */
  record StorageToken(int channel, int token) implements OneChannel {
    @Override
    public HookPoint within(HookPoint at) {
      return at.of(HookPoint.Tokens.STORAGE);
    }

    @Override
    public Tensor map(Tensor activations) {
      Tensor tokens = alone(activations); // (N, 1, S)
      requireIndex("storage token", token, tokens.size(2));
      return tokens.narrow(2, token, 1);
    }

    @Override
    public String toString() {
      return "storage:" + channel + "@" + token;
    }
  }

  /**
   * Another unit at one position rather than elsewhere: {@code v - 4 relu(m - v)}, with v its value
   * there and m its highest more than one cell away.
   *
   * <p>Where no position farther away exceeds it, this is its value there; where one does, four
   * times the excess less. A {@link Neuron} is the plain value.
   */
  record Placed(Unit unit, int y, int x) implements Unit {
    /**
     * With 1, a high value there outweighs a higher one far away: of the natural images that an
     * exact tilt to the 99th percentile picks, a quarter may still peak elsewhere; with 4, a tenth
     * (docs/numerics.md).
     */
    private static final double EXCESS = 4;

    @Override
    public Tensor map(Tensor activations) {
      Tensor map = unit.map(activations); // (N, h, w)
      requireIndex("row", y, map.size(1));
      requireIndex("column", x, map.size(2));
      Tensor there = map.narrow(1, y, 1).narrow(2, x, 1);
      List<Tensor> far = far(map);
      return far.isEmpty()
          ? there
          : there.sub(Tensors.scale(Layers.relu(highest(far).sub(there)), EXCESS));
    }

    /** All that is more than one cell away, as up to four overlapping rectangles. */
    private List<Tensor> far(Tensor map) {
      long below = map.size(1) - y - 2;
      long right = map.size(2) - x - 2;
      List<Tensor> parts = new ArrayList<>();
      if (y > 1) {
        parts.add(map.narrow(1, 0, y - 1));
      }
      if (below > 0) {
        parts.add(map.narrow(1, y + 2L, below));
      }
      if (x > 1) {
        parts.add(map.narrow(2, 0, x - 1));
      }
      if (right > 0) {
        parts.add(map.narrow(2, x + 2L, right));
      }
      return parts;
    }

    /** (N, 1, 1). */
    private static Tensor highest(List<Tensor> parts) {
      List<Tensor> flat = parts.stream().map(part -> part.flatten(1, 2)).toList();
      return Tensors.max(Tensors.cat(flat, 1), 1).reshape(-1, 1, 1);
    }

    @Override
    public Optional<String> fault() {
      return unit.fault();
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
   * Reads a unit as it prints itself; a direction's vector with it.
   *
   * @param dictionary needed for features only
   * @throws IllegalArgumentException if it is not understood, or is a feature that does not exist
   * @throws org.tiltlens.checkpoint.CheckpointException if a direction's file holds no such vector
   */
  static Unit parse(String text, Optional<SparseDictionary> dictionary) {
    return new UnitGrammar(text).unit(dictionary);
  }

  /**
   * The file that a unit is read from, as it is written there; only a direction has one.
   *
   * @throws IllegalArgumentException if the unit is not understood
   */
  static Optional<String> file(String text) {
    return new UnitGrammar(text).file();
  }
}
