package org.tiltlens.measuring;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.PooledModel;

/**
 * What a judge, a classifier that did not guide, sees in finished images: their class, and one
 * number per channel at a hook point of its own, reduced as the score of the unit is.
 *
 * <p>Safe to use from several threads, each with images of its own.
 *
 * @param vision the judge's network; stays its owner's to close
 * @param head which makes a classifier of it
 * @param hook where its channels are read
 * @param reduction how a channel's map becomes one number: the unit's
 * @param crop which part of the map counts: the unit's
 */
public record JudgeMeasure(
    PooledModel vision,
    ClassHead head,
    HookPoint hook,
    SpatialReduction reduction,
    CentralCrop crop) {
  private static final int TOGETHER = 64;

  /**
   * What it sees in one image.
   *
   * @param label the class of the largest logit
   * @param features one number per channel
   */
  public record Seen(int label, double[] features) {}

  /**
   * Looks at images in groups; on the CPU take {@linkplain Batching one together}, for an image's
   * bits to be its own.
   *
   * @param images (n, 3, H, W) in [-1, 1]
   * @throws NotFiniteException if the judge sees a number that is NaN or infinite
   */
  public List<Seen> of(Tensor images, Batching batching) {
    return batching
        .map(
            Math.toIntExact(images.size(0)),
            (first, count) -> {
              try (Scope scope = Scope.open()) {
                return of(images.narrow(0, first, count));
              }
            })
        .stream()
        .flatMap(Collection::stream)
        .toList();
  }

  /** Reads images {@code from .. to - 1} of many, (to - from, 3, H, W), on the judge's device. */
  @FunctionalInterface
  public interface Reader {
    Tensor read(int from, int to);
  }

  /**
   * Looks at many images, {@value #TOGETHER} together, in their order.
   *
   * @param size how many there are
   * @param lanes groups under way beside each other; changes nothing that is seen
   * @param progress hears how many more were looked at
   * @throws NotFiniteException as {@link #of}
   */
  public List<Seen> each(int size, Reader images, Lanes lanes, LongConsumer progress) {
    return new Batching(TOGETHER, lanes)
            .map(
                size,
                (from, count) -> {
                  try (Scope scope = Scope.open()) {
                    List<Seen> seen = of(images.read(from, from + count));
                    progress.accept(count);
                    return seen;
                  }
                })
            .stream()
            .flatMap(Collection::stream)
            .toList();
  }

  private List<Seen> of(Tensor images) {
    PooledModel.Summed summed = vision.summed(images, List.of(hook));
    Tensor logits = head.logits(summed.vectors());
    Tensor maps = summed.activations().get(0); // (n, C, h, w)
    Tensor features = reduction.of(crop.of(maps.flatten(0, 1))); // (n C)
    if (!Tensors.allFinite(logits) || !Tensors.allFinite(features)) {
      throw NotFiniteException.of("the judge", images);
    }
    long[] labels = Tensors.toLongs(Tensors.argMax(logits, 1));
    double[] flat = Tensors.toDoubles(features);
    int channels = flat.length / labels.length;
    return IntStream.range(0, labels.length)
        .mapToObj(
            i ->
                new Seen(
                    Math.toIntExact(labels[i]),
                    Arrays.copyOfRange(flat, i * channels, (i + 1) * channels)))
        .toList();
  }
}
