package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Warp;

/**
 * Random moves, scalings and turns of an image, under which what is climbed must hold.
 *
 * <pre>
 *   pad with grey -> move by 0 .. jitter-1 -> scale -> turn -> move by 0 .. lastJitter-1 -> resize
 * </pre>
 *
 * <p>Source: Olah, Mordvintsev and Schubert 2017, as Lucent's {@code standard_transforms} do it:
 * moves are right and down, what a move, scaling or turn uncovers is black, and the image grows by
 * the padding and scaling unless it is resized at the end.
 *
 * @param pad pixels of grey on each side, at least 0
 * @param jitter number of places, at least 1; 1: not moved
 * @param scales one of these is drawn, each above 0
 * @param degrees one of these is drawn
 * @param lastJitter as {@code jitter}, after the turn
 * @param side to which the result is resized in the end, bilinearly with the corners kept, in
 *     pixels; 0: not
 */
public record RandomTransforms(
    int pad, int jitter, List<Double> scales, List<Double> degrees, int lastJitter, int side) {
  /** None: the image as it is. */
  public static final RandomTransforms NONE =
      new RandomTransforms(0, 1, List.of(1.0), List.of(0.0), 1, 0);

  /**
   * Lucent's: pad 12, jitter 8, scale 0.90 .. 1.10, turn by -10 .. 10 degrees (not at all in 6 of
   * 26 cases), jitter 4.
   */
  public static final RandomTransforms STANDARD = standard(12, 8, 4, 0);

  /** The side of the images that the published numbers are for. */
  private static final double PUBLISHED_SIZE = 224;

  private static final double GREY = 0.5;

  /** Uniform numbers that {@link #apply} needs. */
  static final int DRAWS = 6;

  public RandomTransforms {
    scales = List.copyOf(scales);
    degrees = List.copyOf(degrees);
    Checks.notNegative("padding", pad);
    Checks.atLeastOne("places of the first jitter", jitter);
    Checks.atLeastOne("places of the last jitter", lastJitter);
    Checks.notNegative("side", side);
    scales.forEach(scale -> Checks.positive("scale", scale));
    if (scales.isEmpty() || degrees.isEmpty() || !degrees.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          "scales " + scales + " and degrees " + degrees + ": expected at least one number each");
    }
  }

  /**
   * Those for images of a size: {@link #STANDARD} from 224 pixels on, for which they were
   * published.
   *
   * <p>Smaller images are resized to their own size in the end, as Lucent resizes what is smaller
   * than its models' input. They are moved by as many pixels as a model of this stride needs to see
   * them in every phase of its first map, at least by the published places in proportion. They are
   * not padded: an image that is seen in a grey frame and in few phases only scores high nowhere
   * else.
   *
   * @param size side of the images, in pixels
   * @param stride the vision model's ({@link org.tiltlens.vision.VisionModel#stride})
   */
  public static RandomTransforms forSize(int size, int stride) {
    Checks.size(size);
    Checks.atLeastOne("stride", stride);
    if (size >= PUBLISHED_SIZE) {
      return STANDARD;
    }
    int inProportion = (int) Math.ceil(STANDARD.jitter * size / PUBLISHED_SIZE);
    return standard(0, Math.max(stride, inProportion), 1, size);
  }

  private static RandomTransforms standard(int pad, int jitter, int lastJitter, int side) {
    return new RandomTransforms(
        pad,
        jitter,
        IntStream.range(0, 11).mapToObj(i -> 1 + (i - 5) / 50.0).toList(),
        Stream.concat(
                IntStream.rangeClosed(-10, 10).mapToObj(i -> (double) i),
                DoubleStream.of(0, 0, 0, 0, 0).boxed())
            .collect(Collectors.toList()),
        lastJitter,
        side);
  }

  /**
   * The image, transformed.
   *
   * @param image (1, 3, H, H) in [0, 1]
   * @param uniform {@link #DRAWS} numbers in [0, 1)
   */
  Tensor apply(Tensor image, Tensor uniform) {
    double[] draws = toDoubles(uniform);
    Tensor x = pad == 0 ? image : Warp.pad(image, pad, GREY);
    x = moved(x, jitter, draws[0], draws[1]);
    x = scaled(x, scales.get(index(draws[2], scales.size())));
    double turn = degrees.get(index(draws[3], degrees.size()));
    x = turn == 0 ? x : Warp.rotate(x, turn);
    x = moved(x, lastJitter, draws[4], draws[5]);
    return side == 0 || side == x.size(2) ? x : Warp.resizeByCorners(x, side, side);
  }

  private static Tensor moved(Tensor x, int places, double right, double down) {
    return places == 1 ? x : Warp.move(x, index(right, places), index(down, places));
  }

  /** Smaller images get a black border that makes up for it, larger ones grow. */
  private static Tensor scaled(Tensor x, double scale) {
    int size = (int) x.size(2);
    int scaled = (int) Math.ceil(scale * size);
    if (scaled == size) {
      return x;
    }
    Tensor resized = Warp.resizeByCorners(x, scaled, scaled);
    return scaled > size ? resized : Warp.pad(resized, (size - scaled + 1) / 2, 0);
  }

  private static int index(double uniform, int count) {
    return Math.min(count - 1, (int) (uniform * count));
  }
}
