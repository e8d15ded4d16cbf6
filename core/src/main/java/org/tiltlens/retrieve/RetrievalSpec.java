package org.tiltlens.retrieve;

import java.util.Map;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.NamedUnit;
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
    visionOptions =
        new NamedUnit(vision, visionOptions, hook, dictionary, unit, reduction, center)
            .visionOptions();
    if (images == null) {
      throw new SpecException("no corpus: give {images}, a folder, zip or IDX file, or a {bundle}");
    }
    if ((beta == null) == (target == null)) {
      throw new SpecException("give one of {beta}, {activation} and {targetPercentile}");
    }
    if (beta != null && !Double.isFinite(beta)) {
      throw new SpecException("illegal {beta}: %s, must be a finite number", beta);
    }
    if (limit < 1) {
      throw new SpecException("illegal {limit}: %s, must be at least 1", limit);
    }
    Bounds.within("count", count, 1, Bounds.MAX_COUNT);
  }

  /**
   * 16 images of a bundle's corpus, drawn to stand for one of its units at a mean score.
   *
   * @param unit the unit, such as {@code feature:81@pre}
   */
  public static RetrievalSpec of(Bundle bundle, String unit, Target target) {
    return of(bundle, unit, null, target);
  }

  /** The same by the tilt of a given beta. */
  public static RetrievalSpec of(Bundle bundle, String unit, double beta) {
    return of(bundle, unit, beta, null);
  }

  private static RetrievalSpec of(Bundle bundle, String unit, Double beta, Target target) {
    ModelFiles models = bundle.models();
    return new RetrievalSpec(
        models.vision(),
        models.visionOptions(),
        models.hook(),
        models.dictionary(),
        unit,
        "mix:0.7",
        0.5,
        bundle.corpus(),
        bundle.manifest().framing(),
        Integer.MAX_VALUE,
        beta,
        target,
        Order.DRAWN,
        16,
        45);
  }

  /** The unit's score, as it is opened. */
  public NamedUnit opened() {
    return new NamedUnit(vision, visionOptions, hook, dictionary, unit, reduction, center);
  }

  /** The same with another number of images. */
  public RetrievalSpec withCount(int many) {
    return with(order, many, seed);
  }

  /** The same with other draws. */
  public RetrievalSpec withSeed(long other) {
    return with(order, count, other);
  }

  /** The same with the images of the largest weights. */
  public RetrievalSpec ranked() {
    return with(Order.RANKED, count, seed);
  }

  private RetrievalSpec with(Order shown, int many, long draws) {
    return new RetrievalSpec(
        vision,
        visionOptions,
        hook,
        dictionary,
        unit,
        reduction,
        center,
        images,
        framing,
        limit,
        beta,
        target,
        shown,
        many,
        draws);
  }
}
