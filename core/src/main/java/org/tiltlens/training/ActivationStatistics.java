package org.tiltlens.training;

import static org.tiltlens.torch.Tensors.sum;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * Averages over all positions of a hook point's activations in many images.
 *
 * @param norm mean Euclidean norm over the channels, above 0
 * @param mean mean of each channel
 */
record ActivationStatistics(double norm, List<Double> mean) {
  private static final int BATCH = 128;
  private static final String NORM = "norm";
  private static final String MEAN = "mean";

  /**
   * {@code n = sqrt(C) / norm}: activations times this have a mean square of about 1 per channel.
   */
  double scale() {
    return Math.sqrt(mean.size()) / norm;
  }

  /** {@link #mean} as a float64 tensor (C). */
  Tensor meanTensor() {
    double[] values = mean.stream().mapToDouble(Double::doubleValue).toArray();
    return Tensors.doubles(values, values.length);
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** Of a batch: over its images, the channels' over their positions' means. */
  private record Sums(double norms, double[] means) {}

  /** Measures over {@code count} images drawn by the seed, or all if there are fewer. */
  static ActivationStatistics measure(
      VisionModel vision,
      HookPoint at,
      LabelledImages images,
      int count,
      long seed,
      Device device) {
    long[] order = Noise.permutation(seed, RandomStream.NORMS, 0, images.size());
    LabelledImages drawn = images.select(Math.min(count, images.size()), i -> (int) order[i]);
    double norms = 0;
    double[] means = new double[vision.channels(at)];
    List<Sums> batches =
        Batching.inTurn(
            drawn.size(),
            BATCH,
            (from, together) -> {
              try (Scope scope = Scope.open()) {
                Tensor a =
                    vision.activations(Batches.plain(drawn, from, from + together, device), at);
                return new Sums(
                    Tensors.float64(Tensors.mean(sum(a.square(), 1).sqrt(), 1, 2))
                        .sum()
                        .item_double(),
                    Tensors.toDoubles(sum(Tensors.mean(a, 2, 3), 0)));
              }
            });
    for (Sums batch : batches) {
      norms += batch.norms;
      for (int c = 0; c < means.length; c++) {
        means[c] += batch.means[c] / drawn.size();
      }
    }
    double norm = norms / drawn.size();
    if (!(norm > 0) || Double.isInfinite(norm)) {
      throw new IllegalArgumentException(
          "the activations at " + at + " have an average norm of " + norm + ": nothing to learn");
    }
    return new ActivationStatistics(norm, boxed(means));
  }

  /** Writes the statistics of several hook points, exactly. */
  static void write(Path file, Map<String, ActivationStatistics> statistics) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      statistics.forEach(
          (name, s) -> {
            tensors.put(NORM + "." + name, Tensors.doubles(new double[] {s.norm}, 1));
            tensors.put(MEAN + "." + name, s.meanTensor());
          });
      SafetensorsWriter.write(file, tensors, Map.of());
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws CheckpointException if the file does not hold them for {@code channels} channels
   */
  static ActivationStatistics read(Path file, String name, int channels) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      double[] norm = Tensors.toDoubles(store.load(NORM + "." + name));
      double[] mean = Tensors.toDoubles(store.load(MEAN + "." + name));
      if (norm.length != 1 || mean.length != channels) {
        throw new CheckpointException(
            file + ": the statistics of " + name + " are not those of " + channels + " channels");
      }
      return new ActivationStatistics(norm[0], boxed(mean));
    }
  }
}
