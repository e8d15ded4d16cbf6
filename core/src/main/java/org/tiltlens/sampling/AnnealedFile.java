package org.tiltlens.sampling;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.annealing.Paths;
import org.tiltlens.annealing.Rung;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.run.Json;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * Annealed particles as a safetensors file: their paths as the tensors {@code noise}, {@code
 * states} and {@code x}, the rest as metadata.
 */
final class AnnealedFile {
  private static final String CLOUD = "cloud";

  private AnnealedFile() {}

  /** All of a cloud but its paths. */
  private record Numbers(
      long seed,
      List<Double> scores,
      List<Integer> eves,
      List<Long> labels,
      double logZ,
      List<Rung> rungs,
      long evaluations,
      boolean told) {
    AnnealedCloud of(Paths paths) {
      return new AnnealedCloud(seed, paths, scores, eves, labels, logZ, rungs, evaluations, told);
    }
  }

  static void write(Path file, AnnealedCloud cloud) {
    Numbers numbers =
        new Numbers(
            cloud.seed(),
            cloud.scores(),
            cloud.eves(),
            cloud.labels(),
            cloud.logZ(),
            cloud.rungs(),
            cloud.evaluations(),
            cloud.told());
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          file,
          Map.of(
              "noise", Device.CPU.place(cloud.paths().noise()),
              "states", Device.CPU.place(cloud.paths().states()),
              "x", Device.CPU.place(cloud.paths().x())),
          Map.of(CLOUD, Json.write(numbers)));
    }
  }

  /**
   * The particles in {@code file}; the caller closes them.
   *
   * @throws CheckpointException if it is damaged
   */
  static AnnealedCloud read(Path file, Device device) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      // Moves change them where they are, so they may be no part of the file.
      Paths paths =
          new Paths(
              device.place(store.load("noise").clone()),
              device.place(store.load("states").clone()),
              device.place(store.load("x").clone()));
      AnnealedCloud read = Json.parse(store.metadata().get(CLOUD), Numbers.class).of(paths);
      // Kept last: what fails before is freed by the scope.
      Scope.keepForever(paths.noise());
      Scope.keepForever(paths.states());
      Scope.keepForever(paths.x());
      return read;
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new CheckpointException(
          "'" + file + "' holds no annealed particles: delete it to draw them again", e);
    }
  }
}
