package org.tiltlens.training;

import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.sum;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * How well a dictionary predicts activations it was not trained on, and how it uses its features.
 *
 * @param explainedVariance {@code 1 - sum |y - yhat|^2 / sum |y - mean y|^2} over all positions of
 *     all images, the mean taken channel by channel
 * @param l0 active features per position
 * @param frequency share of the positions at which each feature is active
 */
public record DictionaryEvaluation(double explainedVariance, double l0, List<Double> frequency) {
  private static final int BATCH = 64;

  /**
   * A dictionary's pass over images.
   *
   * @param codes (N, K, h, w)
   * @param prediction (N, C, h, w)
   * @param target what was to be predicted
   */
  record Pass(Tensor codes, Tensor prediction, Tensor target) {}

  /** Share of the features that are active nowhere. */
  public double deadShare() {
    return frequency.stream().filter(f -> f == 0).count() / (double) frequency.size();
  }

  static DictionaryEvaluation of(
      LabelledImages images, Function<Tensor, Pass> dictionary, Device device) {
    double squaredError = 0;
    double squares = 0;
    double positions = 0;
    double[] sums = {};
    double[] active = {};
    List<Sums> batches =
        Batching.inTurn(
            images.size(),
            BATCH,
            (from, together) -> {
              try (Scope scope = Scope.open()) {
                return Sums.of(
                    dictionary.apply(Batches.plain(images, from, from + together, device)));
              }
            });
    for (Sums batch : batches) {
      squaredError += batch.squaredError;
      squares += batch.squares;
      positions += batch.positions;
      sums = plus(sums, batch.sums);
      active = plus(active, batch.active);
    }
    double count = positions;
    double squaredMean = Arrays.stream(sums).map(s -> s * s / (count * count)).sum();
    double l0 = Arrays.stream(active).sum() / count;
    return new DictionaryEvaluation(
        1 - squaredError / (squares - count * squaredMean),
        l0,
        Arrays.stream(active).map(a -> a / count).boxed().toList());
  }

  /**
   * What a batch adds.
   *
   * @param sums of the target, by channel
   * @param active at how many positions each feature is
   */
  private record Sums(
      double squaredError, double squares, double positions, double[] sums, double[] active) {
    static Sums of(Pass pass) {
      Tensor y = float64(pass.target);
      return new Sums(
          y.sub(float64(pass.prediction)).square().sum().item_double(),
          y.square().sum().item_double(),
          y.numel() / (double) y.size(1),
          Tensors.toDoubles(sum(y, 0, 2, 3)),
          Tensors.toDoubles(sum(float64(pass.codes.sign()), 0, 2, 3)));
    }
  }

  private static double[] plus(double[] sums, double... more) {
    double[] result = more.clone();
    for (int i = 0; i < sums.length; i++) {
      result[i] += sums[i];
    }
    return result;
  }
}
