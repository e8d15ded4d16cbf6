package org.tiltlens.sampling;

import static org.tiltlens.sampling.MetadataLists.join;
import static org.tiltlens.sampling.MetadataLists.split;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * A trajectory as a safetensors file: x as the tensor {@code x}, the clean estimates before as
 * {@code before} if there are some, the rest as metadata.
 */
public final class TrajectoryFile {
  private static final String BEFORE = "before";

  private TrajectoryFile() {}

  /** Writes a trajectory, whole or not at all. */
  public static void write(Path file, Trajectory trajectory) throws IOException {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("seed", Long.toString(trajectory.seed()));
    metadata.put("step", Integer.toString(trajectory.step()));
    metadata.put("samples", join(trajectory.samples()));
    metadata.put("path_kl", join(trajectory.pathKl()));
    metadata.put("score", join(trajectory.score()));
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new TreeMap<>();
      tensors.put("x", Device.CPU.place(trajectory.x()));
      if (trajectory.before() != null) {
        tensors.put(BEFORE, Device.CPU.place(trajectory.before()));
      }
      SafetensorsWriter.write(file, tensors, metadata);
    }
  }

  /**
   * The trajectories in some files as one; the caller closes it.
   *
   * @throws CheckpointException if one is damaged
   */
  public static Trajectory read(List<Path> files, Device device) {
    List<Trajectory> each = new ArrayList<>();
    try {
      files.forEach(file -> each.add(read(file, device)));
      return Trajectory.joined(each);
    } finally {
      each.forEach(Trajectory::close);
    }
  }

  /**
   * The trajectory in {@code file}; the caller closes it.
   *
   * @throws CheckpointException if it is damaged
   */
  public static Trajectory read(Path file, Device device) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      Map<String, String> metadata = store.metadata();
      boolean hasBefore = store.entries().containsKey(BEFORE);
      Tensor before = hasBefore ? device.place(store.load(BEFORE)) : null;
      Trajectory read =
          new Trajectory(
              Long.parseLong(metadata.get("seed")),
              split(metadata.get("samples"), Integer::valueOf),
              Integer.parseInt(metadata.get("step")),
              device.place(store.load("x")),
              before,
              split(metadata.get("path_kl"), Double::valueOf),
              split(metadata.get("score"), Double::valueOf));
      // Kept last: what fails before is freed by the scope.
      Scope.keepForever(read.x());
      if (hasBefore) {
        Scope.keepForever(before);
      }
      return read;
    } catch (NumberFormatException | NullPointerException e) {
      throw new CheckpointException(
          "'" + file + "' is no saved trajectory: delete it to draw its images again", e);
    }
  }
}
