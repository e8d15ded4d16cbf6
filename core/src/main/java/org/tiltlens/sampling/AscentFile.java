package org.tiltlens.sampling;

import static org.tiltlens.sampling.MetadataLists.join;
import static org.tiltlens.sampling.MetadataLists.split;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Scope;

/** Ascents under way as a safetensors file: its tensors by their names, the rest as metadata. */
public final class AscentFile {
  private AscentFile() {}

  static void write(Path file, AscentState state) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("seed", Long.toString(state.seed()));
    metadata.put("samples", join(state.samples()));
    metadata.put("step", Integer.toString(state.step()));
    SafetensorsWriter.write(file, new TreeMap<>(state.tensors()), metadata);
  }

  /**
   * The ascents in {@code file}; the caller closes it.
   *
   * @throws CheckpointException if it is damaged
   */
  public static AscentState read(Path file) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      Map<String, String> metadata = store.metadata();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      // The next step changes them where they are, so they may be no part of the file.
      store.entries().keySet().forEach(name -> tensors.put(name, store.load(name).clone()));
      AscentState read =
          new AscentState(
              Long.parseLong(metadata.get("seed")),
              split(metadata.get("samples"), Integer::valueOf),
              Integer.parseInt(metadata.get("step")),
              tensors);
      // Kept last: what fails before is freed by the scope.
      tensors.values().forEach(Scope::keepForever);
      return read;
    } catch (NumberFormatException | NullPointerException e) {
      throw new CheckpointException(
          "'" + file + "' holds no saved ascent: delete it to draw its images again", e);
    }
  }
}
