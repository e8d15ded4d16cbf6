package org.tiltlens.models;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Framing;
import org.tiltlens.unet.LatentCheckpoint;

/** The images that a network was trained on, as its own file says; networks of others do not. */
public final class TrainedFraming {
  private TrainedFraming() {}

  /**
   * What the first of several models says that says anything.
   *
   * @param names as in a spec; null where there is none
   */
  public static Optional<Framing> ofFirst(String... names) {
    return Stream.of(names)
        .filter(Objects::nonNull)
        .map(TrainedFraming::of)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * What one model says; empty also of what cannot be read, which those who use it refuse.
   *
   * @param name as in a spec
   */
  public static Optional<Framing> of(String name) {
    if (ModelFiles.isTorchScript(name)) {
      return Optional.empty();
    }
    try (TensorStore store = Checkpoints.open(Named.resolve(name))) {
      // Of latents, image_size is another.
      return LatentCheckpoint.isOne(store) ? Optional.empty() : Framing.stated(store.metadata());
    } catch (CheckpointException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
