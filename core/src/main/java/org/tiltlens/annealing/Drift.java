package org.tiltlens.annealing;

import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.sum;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * How far re-noising takes images without any tilt, where it should leave their distribution as it
 * is.
 *
 * <p>Distances are of pixels, between equally many images, as shares of the mean distance of two:
 *
 * <pre>
 *   (2 E|x - y| - E|x - x'| - E|y - y'|) / (2 E|x - y|)       0 for equal sets, at most 1
 * </pre>
 *
 * <p>Source: the energy distance of Székely and Rizzo 2013. Its expectation is above 0 for few
 * images of one distribution too, so it says something beside {@code chance} alone.
 *
 * @param images how many were moved
 * @param moves of each
 * @param before mean of what is tilted, of images drawn evenly from the corpus
 * @param after the same of what became of them
 * @param change the mean of their differences, image by image
 * @param distance of the moved images from other images of the corpus
 * @param chance that of the images before from the same others
 */
public record Drift(
    int images,
    int moves,
    Estimate before,
    Estimate after,
    Estimate change,
    double distance,
    double chance) {
  /**
   * Of images that were moved at beta = 0.
   *
   * @param start the images before their moves, (N, C, H, W)
   * @param others as many of the corpus, none of them among these
   * @param before what is tilted, of each image before
   * @param after the same of {@code moved}
   */
  public static Drift of(
      Tensor start, Tensor others, RenoisedImages moved, double[] before, double[] after) {
    return new Drift(
        moved.size(),
        moved.moves().size(),
        Estimate.ofMean(before),
        Estimate.ofMean(after),
        Estimate.ofMean(
            IntStream.range(0, before.length).mapToDouble(i -> after[i] - before[i]).toArray()),
        distance(moved.x(), others),
        distance(start, others));
  }

  private static double distance(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      Tensor a = float64(Device.CPU.place(x)).flatten(1, -1);
      Tensor b = float64(Device.CPU.place(y)).flatten(1, -1);
      double between = 2 * meanDistance(a, b);
      return between == 0 ? 0 : (between - meanDistance(a, a) - meanDistance(b, b)) / between;
    }
  }

  private static double meanDistance(Tensor a, Tensor b) {
    double total = 0;
    for (int i = 0; i < a.size(0); i++) {
      try (Scope scope = Scope.open()) {
        total += sum(b.sub(a.narrow(0, i, 1)).square(), 1).sqrt().sum().item_double();
      }
    }
    return total / a.size(0) / b.size(0);
  }
}
