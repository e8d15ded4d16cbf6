package org.tiltlens.models;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.DiffusersPrior;
import org.tiltlens.unet.DiffusersTextPrior;
import org.tiltlens.unet.EdmCheckpoint;
import org.tiltlens.unet.ForeignPrior;
import org.tiltlens.unet.LatentCheckpoint;
import org.tiltlens.vision.Beside;
import org.tiltlens.vision.VisionCheckpoint;

/** The kinds of models that specs name, each in a field of its own. */
public enum ModelKind {
  VISION("a vision network", "vision"),
  DICTIONARY("a sparse dictionary", "dictionary"),
  PRIOR("a diffusion prior", "prior");

  private final String what;
  private final String field;

  ModelKind(String what, String field) {
    this.what = what;
    this.field = field;
  }

  /**
   * What is opened as this kind.
   *
   * @param path of the file or folder
   * @throws CheckpointException if {@code opening} throws one; of a model of another kind, it says
   *     which field takes it
   */
  public <T> T open(Path path, Supplier<T> opening) {
    try {
      return opening.get();
    } catch (CheckpointException e) {
      throw of(path)
          .filter(kind -> kind != this)
          .map(
              kind ->
                  new CheckpointException(
                      "'%s' is %s, which `%s` takes: give `%s` %s"
                          .formatted(path, kind.what, kind.field, field, what),
                      e))
          .orElse(e);
    }
  }

  /** What a file or folder holds, read from its headers alone; empty if nothing tells. */
  private static Optional<ModelKind> of(Path path) {
    try {
      if (Checkpoints.isProgram(path)) {
        return Optional.of(VISION);
      }
      if (DiffusersPrior.in(path).isPresent() || DiffusersTextPrior.isOne(path)) {
        return Optional.of(PRIOR);
      }
      try (TensorStore store = Parts.open(path)) {
        if (LatentCheckpoint.isText(store)
            || ForeignPrior.in(store).isPresent()
            || EdmCheckpoint.isOne(store)
            || !AdmCheckpoint.parts(store).prefixes().isEmpty()) {
          return Optional.of(PRIOR);
        }
        if (VisionCheckpoint.network(store, Beside.of(path)).isPresent()) {
          return Optional.of(VISION);
        }
      }
      return SparseDictionary.describe(path).map(description -> DICTIONARY);
    } catch (CheckpointException e) {
      return Optional.empty();
    }
  }
}
