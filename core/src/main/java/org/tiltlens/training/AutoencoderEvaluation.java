package org.tiltlens.training;

import java.io.IOException;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AutoencoderKl;

/**
 * Shows a trained autoencoder images that it was not trained on.
 *
 * <p>A reconstruction is the image of a posterior's mean, limited to [-1, 1]: what whoever opens
 * the autoencoder gets of {@code decode(encode(x))}. Which images depends on the run's seed alone.
 */
final class AutoencoderEvaluation {
  /** The file of the first images, each above its reconstruction. */
  static final String GRID = "reconstructions.png";

  private static final int EVALUATED = 2048;
  private static final int SHOWN = 32;

  private final AutoencoderSettings settings;
  private final Comparison comparison;
  private final TrainingRun run;
  private final LabelledImages images;
  private final int compared;

  /** The sums over all images so far. */
  private double errors;

  private double decibels;
  private double divergences;
  private double sums;
  private double squares;
  private long numbers;

  /**
   * Refuses now what would fail after hours of training.
   *
   * @throws IllegalArgumentException if the network cannot take such images, or the features cannot
   *     be had of them
   */
  AutoencoderEvaluation(
      AutoencoderSettings settings,
      Comparison comparison,
      LabelledImages heldOut,
      TrainingRun run) {
    this.settings = settings;
    this.comparison = comparison;
    this.run = run;
    compared = comparison.count(heldOut);
    // Folders come class by class: the first images would be of few classes.
    long[] order =
        Noise.permutation(run.settings().seed(), RandomStream.COMPARED, 0, heldOut.size());
    int shown = Math.min(heldOut.size(), Math.max(EVALUATED, 2 * compared));
    images = heldOut.select(shown, i -> (int) order[i]);
    int by = settings.network().downsampling();
    if (images.side() % by != 0) {
      throw new IllegalArgumentException(
          "side of the images: %d pixels, must be a multiple of %d for a network of %d levels"
              .formatted(images.side(), by, settings.network().channels().size()));
    }
    if (compared > 0) {
      try (Scope scope = Scope.open()) {
        comparison.features().of(Batches.plain(images, 0, 1, run.device()));
      }
    }
  }

  /** Reconstructs all images, leaves the first in {@link #GRID}, and compares. */
  ReconstructionReport measure(Weights weights) throws IOException {
    AutoencoderKl network = new AutoencoderKl(settings.network(), weights);
    double[][] real = new double[2 * compared][];
    double[][] made = new double[compared][];
    SampleGrid grid = SampleGrid.ofPairs(Math.min(SHOWN, images.size()), images.side());
    Batching.inTurn(
        images.size(),
        run.settings().batch(),
        (from, together) -> {
          int to = from + together;
          try (Scope scope = Scope.open()) {
            Tensor x = Batches.plain(images, from, to, run.device());
            AutoencoderKl.Posterior posterior = network.encode(x);
            Tensor y = Tensors.clamp(network.decode(posterior.mean()), -1, 1);
            rows(x, from, real);
            rows(y, from, made);
            for (int i = from; i < Math.min(to, SHOWN); i++) {
              grid.putPair(i, x.select(0, i - from), y.select(0, i - from));
            }
            // Last: what is added stays so.
            add(x, y, posterior);
          }
          run.progress().measured(to, images.size());
          if (run.progress().cancelled()) {
            throw new CancelledException();
          }
          return to;
        });
    grid.write(run.folder().resolve(GRID));
    return report(made, real);
  }

  private void add(Tensor x, Tensor y, AutoencoderKl.Posterior posterior) {
    Tensor difference = Tensors.float64(x).sub(Tensors.float64(y));
    errors += Tensors.mean(difference.abs(), 1, 2, 3).sum().item_double();
    for (double square : Tensors.toDoubles(Tensors.mean(difference.mul(difference), 1, 2, 3))) {
      decibels += 10 * Math.log10(4 / square);
    }
    divergences += Tensors.float64(posterior.divergence()).sum().item_double();
    Tensor mean = Tensors.float64(posterior.mean());
    Tensor variance = Tensors.float64(posterior.logVariance()).exp();
    sums += mean.sum().item_double();
    squares += mean.mul(mean).add(variance).sum().item_double();
    numbers += mean.numel();
  }

  /** The features of those of a batch that have a place. */
  private void rows(Tensor batch, int from, double[][] places) {
    int count = Math.toIntExact(Math.min(batch.size(0), places.length - from));
    if (count > 0) {
      double[][] rows = comparison.features().of(batch.narrow(0, 0, count));
      System.arraycopy(rows, 0, places, from, count);
    }
  }

  private ReconstructionReport report(double[][] made, double[][] real) {
    double[][] own = Arrays.copyOfRange(real, 0, compared);
    double[][] others = Arrays.copyOfRange(real, compared, 2 * compared);
    boolean any = compared > 0;
    double mean = sums / numbers;
    return new ReconstructionReport(
        images.size(),
        errors / images.size(),
        decibels / images.size(),
        divergences / numbers,
        Math.sqrt(squares / numbers - mean * mean),
        compared,
        comparison.features().describe(),
        any ? FrechetDistance.between(made, others) : null,
        any ? FrechetDistance.between(own, others) : null,
        any ? KernelDistance.between(made, others) : null,
        any ? KernelDistance.between(own, others) : null);
  }
}
