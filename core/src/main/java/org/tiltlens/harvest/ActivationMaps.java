package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;

/**
 * A feature's activations on its top images, after the activation function: 0 where it is not
 * active.
 *
 * @param images highest scores first; broken ones are left out
 */
public record ActivationMaps(List<OfImage> images) {
  public ActivationMaps {
    images = List.copyOf(images);
  }

  /**
   * An image.
   *
   * @param image its index in the corpus
   * @param values by row and column of the feature's map
   */
  public record OfImage(int image, double[][] values) {}

  /** Where they are kept, beside the pictures of a feature. */
  public static Path file(Path folder, int feature) {
    return folder.resolve("feature-" + feature).resolve("activations.json");
  }

  void write(Path folder, int feature) throws IOException {
    WholeFile.writeText(file(folder, feature), Json.line(this) + "\n");
  }
}
