package org.tiltlens.retrieve;

import java.util.Map;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.tilting.Target;

/**
 * Which images of a corpus are to stand for q_beta of one unit.
 *
 * @param vision the vision model, named as in {@link ModelFiles}
 * @param visionOptions what a TorchScript network's file cannot tell, as in {@link ModelFiles}
 * @param hook where it is read; null as in {@link ModelFiles}
 * @param dictionary the sparse dictionary; null if the unit needs none
 * @param unit the unit, such as {@code feature:81@pre}
 * @param reduction how its map becomes a number: {@code mix:A}, {@code max}, {@code mean} or {@code
 *     lse:T}
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]
 * @param images the corpus: a path, or {@code embedded:PATH}
 * @param framing how its images become squares
 * @param limit how many of its first images to take, at least 1
 * @param beta tilt strength; null if it follows from the target
 * @param target mean score to reach; null if beta is given
 * @param order which images are shown
 * @param count how many
 * @param seed seed of the draws
 */
public record RetrievalSpec(
    String vision,
    Map<String, String> visionOptions,
    String hook,
    String dictionary,
    String unit,
    String reduction,
    double center,
    String images,
    Framing framing,
    int limit,
    Double beta,
    Target target,
    Order order,
    int count,
    long seed) {

  /** Which images are shown. */
  public enum Order {
    /** Drawn by weight, with replacement: samples of q_beta. */
    DRAWN,
    /** Those of the largest weights. */
    RANKED
  }

  public RetrievalSpec {
    if (vision == null) {
      throw new SpecException("no vision model: give {vision}, a file or folder, or a {bundle}");
    }
    visionOptions = visionOptions == null ? Map.of() : Map.copyOf(visionOptions);
    if (images == null) {
      throw new SpecException("no corpus: give {images}, a folder, zip or IDX file, or a {bundle}");
    }
    if ((beta == null) == (target == null)) {
      throw new SpecException("give one of {beta}, {activation} and {targetPercentile}");
    }
    if (beta != null && !Double.isFinite(beta)) {
      throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
    }
    if (limit < 1) {
      throw new IllegalArgumentException("illegal limit: " + limit + ", must be at least 1");
    }
    Bounds.within("count", count, 1, Bounds.MAX_COUNT);
  }
}
