package org.tiltlens.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Framing;
import org.tiltlens.torch.Scope;

/** Images of one size in a fixed order, with labels where there are any; threads may share them. */
public interface LabelledImages {
  /** How many there are, at least 1. */
  int size();

  /** Image {@code index} as (3, H, W) in [-1, 1]; belongs to the caller's scope. */
  Tensor image(int index);

  /**
   * Says which images are wanted next, in this order, so that they can be decoded beside each other
   * and beside other work. Changes no image; what was said before no longer holds.
   */
  default void ahead(int... indices) {}

  /** Side of the images, in pixels. */
  default int side() {
    try (Scope scope = Scope.open()) {
      return Math.toIntExact(image(0).size(1));
    }
  }

  /** The class of image {@code index}, 0 .. {@link #classes} - 1. */
  int label(int index);

  /** Number of classes; 0 if the images have no labels. */
  int classes();

  /** The names of the classes; empty if nobody gave them any. */
  default List<String> classNames() {
    return List.of();
  }

  /** How they became squares; empty if they always were. */
  default Optional<Framing> framing() {
    return Optional.empty();
  }

  /** The same as the metadata of what is trained on them say it. */
  default Map<String, String> metadata() {
    return framing().map(Framing::metadata).orElse(Map.of());
  }

  /** The images {@code from .. to - 1} as a set of their own. */
  default LabelledImages range(int from, int to) {
    return select(to - from, i -> from + i);
  }

  /** So many of the images, image i of them being {@code index(i)} here. */
  default LabelledImages select(int size, IntUnaryOperator index) {
    LabelledImages all = this;
    return new LabelledImages() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public Tensor image(int i) {
        return all.image(index.applyAsInt(i));
      }

      @Override
      public void ahead(int... indices) {
        all.ahead(IntStream.of(indices).map(index).toArray());
      }

      @Override
      public int label(int i) {
        return all.label(index.applyAsInt(i));
      }

      @Override
      public int classes() {
        return all.classes();
      }

      @Override
      public List<String> classNames() {
        return all.classNames();
      }

      @Override
      public Optional<Framing> framing() {
        return all.framing();
      }
    };
  }

  /** The labels of the images {@code from .. to - 1}; zeros if there are none. */
  default List<Integer> labels(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> classes() > 0 ? label(i) : 0).toList();
  }
}
