package org.tiltlens.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The images of each step: epoch after epoch in a new order, every image once an epoch.
 *
 * <p>A step's images depend on the seed and the step's number alone.
 */
final class Batches {
  private final LabelledImages images;
  private final Source source;
  private final long seed;
  private final int size;
  private final Device device;
  private long epoch = -1;
  private long[] order;

  /**
   * The images of one step.
   *
   * @param images (N, 3, H, W) in [-1, 1]
   * @param labels one each; zeros where there are none
   */
  record Batch(Tensor images, List<Integer> labels) {}

  /** What is shown of images, each by {@link Augmentation#DRAWS} uniform draws, in their order. */
  @FunctionalInterface
  interface Source {
    List<Tensor> of(int[] indices, float[] draws);

    /** Hears which images will be asked for soon, in their order. */
    default void ahead(int... soon) {}
  }

  private record Shown(LabelledImages images, Augmentation augmentation) implements Source {
    @Override
    public List<Tensor> of(int[] indices, float[] draws) {
      return IntStream.range(0, indices.length)
          .mapToObj(
              i -> augmentation.apply(images.image(indices[i]), draws, i * Augmentation.DRAWS))
          .toList();
    }

    @Override
    public void ahead(int... soon) {
      images.ahead(soon);
    }
  }

  Batches(
      LabelledImages images, Augmentation augmentation, TrainingSettings settings, Device device) {
    this(images, new Shown(images, augmentation), settings, device);
  }

  /** The same of something else than the images themselves. */
  Batches(LabelledImages images, Source source, TrainingSettings settings, Device device) {
    if (images.size() < 1) {
      throw new IllegalArgumentException("there are no images to train on");
    }
    this.images = images;
    this.source = source;
    this.seed = settings.seed();
    this.size = settings.batch();
    this.device = device;
  }

  Batch at(long step) {
    try (Scope scope = Scope.open()) {
      float[] draws =
          Tensors.toFloats(
              Noise.uniform(
                  seed, RandomStream.AUGMENTATION, step, (long) size * Augmentation.DRAWS));
      List<Integer> labels = new ArrayList<>();
      int[] soon = LongStream.range(step * size, (step + 2) * size).mapToInt(this::index).toArray();
      source.ahead(soon);
      int[] now = Arrays.copyOf(soon, size);
      List<Tensor> chosen = source.of(now, draws);
      for (int index : now) {
        labels.addAll(images.labels(index, index + 1));
      }
      return new Batch(scope.keep(device.place(Tensors.stack(chosen))), labels);
    }
  }

  private int index(long position) {
    long wanted = position / images.size();
    if (wanted != epoch) {
      order = Noise.permutation(seed, RandomStream.ORDER, wanted, images.size());
      epoch = wanted;
    }
    return (int) order[(int) (position % images.size())];
  }

  /** Images {@code from .. to - 1} as they are, (N, 3, H, W). */
  static Tensor plain(LabelledImages images, int from, int to, Device device) {
    return Scope.of(
        () -> {
          List<Tensor> chosen = new ArrayList<>();
          images.ahead(IntStream.range(from, Math.min(images.size(), 2 * to - from)).toArray());
          for (int i = from; i < to; i++) {
            chosen.add(images.image(i));
          }
          return device.place(Tensors.stack(chosen));
        });
  }
}
