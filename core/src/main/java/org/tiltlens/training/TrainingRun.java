package org.tiltlens.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.tiltlens.torch.Device;

/**
 * One training as asked for: where, how, how long.
 *
 * @param folder where its files go; created if need be
 * @param resume whether to go on from the checkpoint in the folder, if there is one; without, such
 *     a checkpoint is refused rather than overwritten
 * @param checkpointEvery time between checkpoints
 * @param threads processor threads; a resumed training uses those it began with, because their
 *     number changes results by rounding
 * @param stored type of the result's weights; the checkpoint keeps all bits whichever it is, so a
 *     resumed training may store in another
 */
public record TrainingRun(
    Path folder,
    TrainingSettings settings,
    Budget budget,
    boolean resume,
    Duration checkpointEvery,
    int threads,
    Device device,
    StoredType stored,
    TrainingProgress progress) {

  /** A new training on all cores, with a checkpoint every two minutes. */
  public static TrainingRun in(Path folder, TrainingSettings settings, Budget budget) {
    return new TrainingRun(
        folder,
        settings,
        budget,
        false,
        Duration.ofMinutes(2),
        Runtime.getRuntime().availableProcessors(),
        Device.CPU,
        StoredType.F32,
        TrainingProgress.SILENT);
  }

  /** The same, continued from its checkpoint. */
  public TrainingRun resumed(Budget newBudget) {
    return new TrainingRun(
        folder, settings, newBudget, true, checkpointEvery, threads, device, stored, progress);
  }

  /**
   * Refuses a folder that holds a training which was not asked to go on.
   *
   * @throws IllegalArgumentException if it does
   */
  void requireFree() {
    if (!resume && Files.exists(checkpoint())) {
      throw new IllegalArgumentException(
          "'" + folder + "' holds a training: give `resume` to go on, or another `folder`");
    }
  }

  /** Where the training goes on from. */
  Path checkpoint() {
    return folder.resolve("training.safetensors");
  }

  /** What was measured. */
  Path report() {
    return folder.resolve("training.json");
  }
}
