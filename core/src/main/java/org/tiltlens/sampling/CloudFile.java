package org.tiltlens.sampling;

import static org.tiltlens.sampling.MetadataLists.join;
import static org.tiltlens.sampling.MetadataLists.split;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.synthesis.ParticleCloud;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/** A cloud of particles as a safetensors file: x as the tensor {@code x}, the rest as metadata. */
public final class CloudFile {
  private CloudFile() {}

  static void write(Path file, ParticleCloud cloud) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("seed", Long.toString(cloud.seed()));
    metadata.put("step", Integer.toString(cloud.step()));
    metadata.put("log_weights", join(Arrays.stream(cloud.weights().logs()).boxed().toList()));
    metadata.put("pending", join(cloud.pending()));
    metadata.put("eves", join(cloud.eves()));
    metadata.put("log_z", Double.toString(cloud.logZ()));
    metadata.put("ess", join(cloud.ess()));
    metadata.put("resampled", join(cloud.resampled()));
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(file, Map.of("x", Device.CPU.place(cloud.x())), metadata);
    }
  }

  /**
   * The cloud in {@code file}; the caller closes it.
   *
   * @throws CheckpointException if it is damaged
   */
  public static ParticleCloud read(Path file, Device device) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      Map<String, String> metadata = store.metadata();
      ParticleCloud read =
          new ParticleCloud(
              Long.parseLong(metadata.get("seed")),
              Integer.parseInt(metadata.get("step")),
              device.place(store.load("x")),
              LogWeights.restored(
                  split(metadata.get("log_weights"), Double::valueOf).stream()
                      .mapToDouble(Double::doubleValue)
                      .toArray()),
              split(metadata.get("pending"), Double::valueOf),
              split(metadata.get("eves"), Integer::valueOf),
              Double.parseDouble(metadata.get("log_z")),
              split(metadata.get("ess"), Double::valueOf),
              split(metadata.get("resampled"), Integer::valueOf));
      // Kept last: what fails before is freed by the scope.
      Scope.keepForever(read.x());
      return read;
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new CheckpointException(
          "'" + file + "' holds no saved particles: delete it to draw them again", e);
    }
  }
}
