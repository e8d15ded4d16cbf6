package org.tiltlens.explain;

import java.util.Map;
import org.tiltlens.attribution.Occlusion;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.NamedUnit;
import org.tiltlens.run.SpecException;

/**
 * Which picture is to be explained to which unit, and how.
 *
 * @param image the picture's path
 * @param vision the vision model, named as in {@link ModelFiles}
 * @param visionOptions what a TorchScript network's file cannot tell
 * @param hook where it is read; null for the dictionary's own hook point
 * @param dictionary the sparse dictionary; null if the unit needs none
 * @param unit the unit, such as {@code feature:81@pre}
 * @param reduction how its map becomes a number: {@code mix:A}, {@code max}, {@code mean} or {@code
 *     lse:T}
 * @param center side of the central crop that counts, as a share of the map's, in (0, 1]
 * @param framing how pictures become squares
 * @param gradientHook where gradient x activation and Grad-CAM are taken; null for where the unit
 *     is
 * @param occlusionPatch side of the occluding patch in pixels
 * @param occlusionStride pixels from one place of the patch to the next
 * @param harvest table of what the dictionary's features do on a corpus, for percentiles; null if
 *     there is none
 * @param reliance how many of the unit's top images are asked whether it goes by shape, texture or
 *     colour; 0 for none, else at least 2
 * @param images the corpus they come from: a path, or {@code embedded:PATH}; null if reliance is 0
 * @param limit how many of its first images to take, at least 1
 * @param seed of what is random in the probe
 */
public record ExplainSpec(
    String image,
    String vision,
    Map<String, String> visionOptions,
    String hook,
    String dictionary,
    String unit,
    String reduction,
    double center,
    Framing framing,
    String gradientHook,
    int occlusionPatch,
    int occlusionStride,
    String harvest,
    int reliance,
    String images,
    int limit,
    long seed) {
  private static final int MAX_RELIANCE = 10_000;

  public ExplainSpec {
    visionOptions =
        new NamedUnit(vision, visionOptions, hook, dictionary, unit, reduction, center)
            .visionOptions();
    if (reliance < 0 || reliance == 1 || reliance > MAX_RELIANCE) {
      throw new SpecException(
          "illegal {reliance}: %s images, must be 0 or in 2..%s", reliance, MAX_RELIANCE);
    }
    if (reliance > 0 && images == null) {
      throw new SpecException(
          "{reliance} takes images of a corpus: give {images}, a folder, zip or IDX file, or a"
              + " {bundle}");
    }
    if (limit < 1) {
      throw new SpecException("illegal {limit}: %s, must be at least 1", limit);
    }
    new Occlusion(occlusionPatch, occlusionStride);
    if (occlusionPatch > framing.size()) {
      throw new SpecException(
          "{occlusionPatch} of %s pixels, must be at most the picture's side, %s",
          occlusionPatch, framing.size());
    }
  }

  /**
   * Why a picture drives one of a bundle's units, with the usual settings.
   *
   * @param unit the unit, such as {@code feature:81@pre}; see {@link org.tiltlens.feature.Unit}
   */
  public static ExplainSpec of(Bundle bundle, String image, String unit) {
    ModelFiles models = bundle.models();
    Framing framing = bundle.manifest().framing();
    Occlusion usual = Occlusion.ofSide(framing.size());
    return new ExplainSpec(
        image,
        models.vision(),
        models.visionOptions(),
        models.hook(),
        models.dictionary(),
        unit,
        "mix:0.7",
        0.5,
        framing,
        null,
        usual.patch(),
        usual.stride(),
        models.harvest(),
        0,
        null,
        Integer.MAX_VALUE,
        45);
  }

  /** The unit's score, as it is opened. */
  public NamedUnit opened() {
    return new NamedUnit(vision, visionOptions, hook, dictionary, unit, reduction, center);
  }
}
