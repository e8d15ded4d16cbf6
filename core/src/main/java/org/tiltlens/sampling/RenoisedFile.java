package org.tiltlens.sampling;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.RenoisedImages;
import org.tiltlens.annealing.RenoisingMove;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.run.Json;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/** Images that are being re-noised as a safetensors file: the tensor {@code x}, and metadata. */
final class RenoisedFile {
  private static final String STATE = "images";

  private RenoisedFile() {}

  /** All but the images themselves. */
  private record Numbers(
      long seed,
      List<Double> scores,
      List<Integer> origins,
      List<Integer> accepted,
      List<RenoisingMove> moves) {
    RenoisedImages of(Tensor x) {
      return new RenoisedImages(seed, x, scores, origins, accepted, moves);
    }
  }

  static void write(Path file, RenoisedImages state) {
    Numbers numbers =
        new Numbers(state.seed(), state.scores(), state.origins(), state.accepted(), state.moves());
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          file, Map.of("x", Device.CPU.place(state.x())), Map.of(STATE, Json.write(numbers)));
    }
  }

  /**
   * The images in {@code file}; the caller closes them.
   *
   * @throws CheckpointException if it is damaged
   */
  static RenoisedImages read(Path file, Device device) {
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      // Moves change them where they are, so they may be no part of the file.
      Tensor x = device.place(store.load("x").clone());
      RenoisedImages read = Json.parse(store.metadata().get(STATE), Numbers.class).of(x);
      // Kept last: what fails before is freed by the scope.
      Scope.keepForever(x);
      return read;
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new CheckpointException(
          "'" + file + "' holds no re-noised images: delete it to move them again", e);
    }
  }
}
