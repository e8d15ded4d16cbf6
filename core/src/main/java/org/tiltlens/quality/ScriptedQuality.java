package org.tiltlens.quality;

import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.ScriptModule;
import org.tiltlens.torch.Tensors;

/**
 * Scores by a program that someone exported, from images in [0, 1].
 *
 * @param name of the file
 */
record ScriptedQuality(String name, ScriptModule module, Device device) implements QualityNetwork {
  /** How far rounding may take a mean of probabilities. */
  private static final double ROUNDING = 1e-5;

  /**
   * Loads the program.
   *
   * @throws CheckpointException if it cannot be; one line
   */
  static ScriptedQuality open(Path file, Device device) {
    try {
      ScriptModule module = ScriptModule.load(file, device);
      return new ScriptedQuality(file.getFileName().toString(), module, device);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException("'" + file + "': " + e.getMessage(), e);
    }
  }

  @Override
  public Tensor scores(Tensor images) {
    return Scope.of(
        () -> {
          Tensor levels = Tensors.scale(Tensors.plus(device.place(images), 1), 0.5);
          Tensor scores;
          try {
            scores = Tensors.float64(module.forward(levels));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + name + "': " + e.getMessage(), e);
          }
          if (scores.numel() != images.size(0)) {
            throw new IllegalArgumentException(
                "'%s' returns %s for %d images: expected one score each"
                    .formatted(name, Tensors.describe(scores), images.size(0)));
          }
          requireScores(scores);
          return Tensors.clamp(scores.flatten(), 0, 1);
        });
  }

  /** What is not finite is left for others to complain about. */
  private void requireScores(Tensor scores) {
    for (double score : Tensors.toDoubles(scores)) {
      if (score < -ROUNDING || score > 1 + ROUNDING) {
        throw new IllegalArgumentException(
            "'%s' gives an image %s: expected a score in 0..1 of images in 0..1"
                .formatted(name, score));
      }
    }
  }

  @Override
  public String describe() {
    return "QualiCLIP, TorchScript network '" + name + "'";
  }

  @Override
  public void close() {
    module.close();
  }
}
